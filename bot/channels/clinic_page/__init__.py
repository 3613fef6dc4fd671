"""The clinic's page: what the clinic's own people see of the bot, in a browser. No patient comes by here."""
