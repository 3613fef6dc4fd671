"""Where people write. A channel carries words in and replies out; no rule about answers lives in one."""
