"""Commands of who runs the bot, a module each; bot/app/commands/operating/operate.py lists them all."""
