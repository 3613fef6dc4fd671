"""A stock python-telegram-bot echo bot with its webhook, as its documentation has it: what ours is measured beside."""

from __future__ import annotations

import os

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message is not None and update.message.text:
        await update.message.reply_text(update.message.text)


def main() -> None:
    port = int(os.environ["PORT"])
    application = Application.builder().token(os.environ["TELEGRAM_BOT_TOKEN"]).base_url(os.environ["TELEGRAM_BASE_URL"]).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    application.run_webhook(
        listen="127.0.0.1",
        port=port,
        url_path="hooks/telegram",
        webhook_url=f"{os.environ['WEBHOOK_URL']}/hooks/telegram",
        secret_token=os.environ["WEBHOOK_SECRET"],
    )


if __name__ == "__main__":
    main()
