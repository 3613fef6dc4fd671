"""What goes when a conversation is forgotten, and what of an update goes when it is done."""

from __future__ import annotations

# The id of a done update stays for days, so that it is not answered twice; whose it was does not.
_EMPTIED = "UPDATE inbox SET payload = NULL, sent = NULL, conversation = '', done = $2"
DONE = f"{_EMPTIED} WHERE ref = $1"
DROP_WAITING = f"{_EMPTIED} WHERE conversation = $1 AND payload IS NOT NULL"
# What was there before the update that asks to forget; and reminders, which only what was done before it can have set.
DROP_BEFORE = f"""
{_EMPTIED} WHERE conversation = $1 AND payload IS NOT NULL
AND (seq < (SELECT seq FROM inbox WHERE ref = $3) OR substr(ref, 1, length(CAST($4 AS TEXT))) = CAST($4 AS TEXT))
"""  # noqa: S608  a text of our own
DROP_STATE = "DELETE FROM conversations WHERE conversation = $1"
DROP_REMINDERS = "DELETE FROM reminders WHERE conversation = $1"
DROP_DEAD = "DELETE FROM dead_letters WHERE conversation = $1"
DROP_HANDED_OVER = "DELETE FROM handoff_messages WHERE conversation = $1"
# That there was one, and how long it took, is a figure; whose it was is not kept. Where the staff see it is: they hear of it.
END_HANDED_OVER = """
UPDATE handoffs SET state = 'closed', closed = COALESCE(closed, CAST($3 AS double precision)), waiting = NULL,
    who = '', conversation = CAST($2 AS TEXT)
WHERE conversation = $1
"""
