"""Our own bot with an echo in the matcher's place: what inbox, channel and sending cost by themselves."""

from __future__ import annotations

import sys
from datetime import datetime

from bot.app.commands import main, operate
from bot.dialogue.conversation import Conversation, Outcome, Reply
from bot.dialogue.policy import Dialogue


class Echo(Dialogue):
    """Says what was said."""

    def respond(self, utterance: str, conversation: Conversation, now: datetime) -> Outcome:
        del now
        return Reply(kind="smalltalk", text=utterance, stamp={}), conversation


if __name__ == "__main__":
    vars(operate)["Dialogue"] = Echo  # the one place where the real one is made
    sys.exit(main.run(["serve"]))
