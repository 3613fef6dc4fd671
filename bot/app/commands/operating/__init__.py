"""Commands of who runs the bot, a module each; bot/app/commands/operate.py lists them all."""
