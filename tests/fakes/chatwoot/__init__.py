"""A faithful fake of Chatwoot on loopback: its agent bot's webhooks, and the calls that an agent bot may make.

    async with FakeChatwoot(url="http://127.0.0.1:8080/hooks/chatwoot", scale=20) as desk:
        talk = desk.starts()                 # a new conversation: pending, as a bot is connected to the inbox
        desk.writes(talk, "how long does it take?")
        await desk.quiet()                   # all webhooks are delivered, or given up
        talk.shown                           # what the patient sees of the bot

As the real one of release 4.13 (its ``lib/webhooks/trigger.rb``, ``app/jobs/agent_bots/webhook_job.rb``,
``app/listeners/agent_bot_listener.rb``, ``app/models/message.rb`` and ``app/controllers/concerns/access_token_auth_helper.rb``):

- ``X-Chatwoot-Signature: sha256=HEX`` over timestamp, dot, body; each try has its own timestamp, and all have one delivery id;
- five seconds for an answer; after 429 and 500 it is tried three times in all, three seconds apart; whatever else fails, and what
  failed so often, opens the conversation if it is pending, so that a person sees it;
- a new conversation of an inbox with a bot is pending; a patient who writes makes a resolved one pending and a snoozed one open;
  each change of a status is told in two or three events, which have the last message in them; one of an assignee in one;
- staff who answer outside of Chatwoot (on the paired phone, in the inbox of Meta) write messages without a sender, with
  ``external_echo``; an automation does, too, with the number of its rule;
- an e-mail's content is its whole text, as is ``content_attributes.email.text_content.reply``;
- the bot's token opens a few calls and no other; a conversation can be read only where ``readable`` (later releases).

Unlike the real one, webhooks of one conversation are delivered one after the other: real workers may overtake each other.
"""

from tests.fakes.chatwoot.server import TOKEN, Call, FakeChatwoot
from tests.fakes.chatwoot.state import Conversation, Message
from tests.fakes.chatwoot.webhooks import SECRET, Delivered, signed

__all__ = ["SECRET", "TOKEN", "Call", "Conversation", "Delivered", "FakeChatwoot", "Message", "signed"]
