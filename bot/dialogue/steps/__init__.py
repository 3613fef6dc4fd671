"""The steps of the policy that are more than a few lines: each hears one kind of thing, and says what it comes to. Pure."""
