"""What a person can do in a chat besides asking: commands, buttons, inline mode, reminders."""
