"""What Telegram sends, and how it comes: by webhook or by polling."""
