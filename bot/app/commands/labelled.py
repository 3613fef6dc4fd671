"""Files of labelled questions and conversations, JSON Lines, read for the commands that measure."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.authoring.conversations import LabelledConversation
from bot.authoring.held_out import NOON
from bot.authoring.score import LabelledQuestion
from bot.channels.declaration import ConfigError


class UsageError(ConfigError):
    """What was asked for cannot be done as asked: a file that is missing or not of the form."""


def read_questions(path: Path) -> list[LabelledQuestion]:
    """Labelled questions, a JSON object a line. Raises UsageError with the line that is wrong."""
    questions = []
    # Not splitlines: a JSON string may hold U+2028 and the like as they are.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            also = row.get("also", [])
            question = LabelledQuestion(row["q"], row["label"], tuple(also), row.get("style", ""), row.get("kind", ""))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f'{path}:{number}: not a labelled question ({error}); a line is {{"q": "...", "label": "..."}}'
            ) from None
        if not isinstance(also, list):
            raise UsageError(f"{path}:{number}: also must be a list of labels")
        texts = (question.q, question.label, question.style, question.sort, *question.also)
        if not all(isinstance(value, str) for value in texts):
            raise UsageError(f"{path}:{number}: q, label, style, kind and what is in also must be text")
        questions.append(question)
    if not questions:
        raise UsageError(f"{path}: there is no question in it")
    return questions


def read_conversations(path: Path) -> list[LabelledConversation]:
    """Labelled conversations, a JSON object a line. Raises UsageError with the line that is wrong."""
    found = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            turns = tuple((str(utterance), tuple(map(str, labels))) for utterance, labels in row["turns"])
            now = datetime.fromisoformat(row["now"]).replace(tzinfo=UTC) if "now" in row else NOON
            found.append(LabelledConversation(str(row["id"]), turns, now))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"{path}:{number}: not a labelled conversation ({error}); "
                'a line is {"id": "...", "turns": [["...", ["label"]]]}'
            ) from None
    return found


def holds_conversations(path: Path) -> bool:
    """Whether the first line of ``path`` is a conversation."""
    first = next((line for line in read_text(path).split("\n") if line.strip()), "")
    with suppress(ValueError):
        return isinstance(row := json.loads(first), dict) and "turns" in row
    return False


def tell_labels(path: Path, wrong: Sequence[str]) -> bool:
    """Says which labels are none, beside the figures that they spoil; whether there are any."""
    for label in wrong:
        print(f"{path}: {label}", file=sys.stderr)
    return bool(wrong)


def read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: this is not UTF-8 text") from None
