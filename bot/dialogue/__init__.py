"""What is answered: the policy, replies, follow-ups, small talk, what is remembered. Pure."""
