"""The hours and months after an infusion: read from words, reckoned, drawn. No other package knows infusions."""
