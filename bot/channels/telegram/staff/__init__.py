"""Patients and the clinic's staff on Telegram: the patient in a private chat with the bot, the staff in a group of their own."""
