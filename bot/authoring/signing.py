"""Signatures put into the ledger of a folder, ``reviews.yaml``: a line a text; what else stands in the file stays as it is.

The words that were signed are kept beside it, a JSON object a line: a ledger is read at every start, and they by a report alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

import yaml

from bot.dialogue.reviews import Reviewable
from bot.knowledge.model import Signature

HEAD = """\
# Who with medical training read which text, and when. `infusion-bot kb sign` writes here, and leaves comments as they are.
# text: the hash of what was read. Whoever changes a text, or a figure in it, makes it unsigned.

"""


def chosen(ids: list[str], texts: Mapping[str, Reviewable]) -> list[Reviewable]:
    """The texts that ``ids`` name, in the order of the folder; ``danger.alarm`` names all whose ids begin so.

    Raises LookupError, with the nearest right one, for what names none.
    """
    for id in ids:
        if not any(_is_within(text, id) for text in texts):
            parts = (text.split(".") for text in texts)
            known = {".".join(some[:many]) for some in parts for many in range(1, len(some) + 1)}
            near = get_close_matches(id, sorted(known), 1, 0.5)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise LookupError(f"there is no text {id}{meant} (kb review lists them)")
    return [text for text in texts.values() if any(_is_within(text.id, id) for id in ids)]


def _is_within(text: str, id: str) -> bool:
    return text == id or text.startswith(f"{id}.")


def with_signatures(ledger: str, signatures: Mapping[str, Signature]) -> str:
    """The text of a ledger with ``signatures`` in it: each in place of the one that was there, else at the end.

    ``ledger`` is valid, or empty.
    """
    text = ledger or HEAD
    new = dict(signatures)
    node = yaml.compose(text)
    found = node.value if isinstance(node, yaml.MappingNode) else []
    # From the end on: what is put in moves nothing that is still to come.
    for key, value in reversed(found):
        if (signature := new.pop(key.value, None)) is not None:
            text = f"{text[: key.end_mark.index]}: {_line(signature)}{text[_end(value) :]}"
    if new and not text.endswith("\n"):
        text += "\n"
    return text + "".join(f"{id}: {_line(signatures[id])}\n" for id in signatures if id in new)


def texts_beside(ledger: Path) -> Path:
    """Where the words of signed texts are kept, beside their ledger: ``reviews.signed``, ``<clinic>.signed``."""
    return ledger.with_name(f"{ledger.stem}.signed")


def signed_texts(kept: str) -> dict[str, tuple[str, ...]]:
    """The lines of texts that were signed, by hash, as ``with_texts`` writes them; what is no such line is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for line in kept.splitlines():
        with suppress(ValueError, TypeError, KeyError):
            row = json.loads(line)
            found[str(row["text"])] = tuple(map(str, row["lines"]))
    return found


def with_texts(kept: str, texts: Iterable[Reviewable]) -> str:
    """``kept`` with the words of ``texts``, so that it can be said later what has changed since they were signed."""
    known = signed_texts(kept)
    new = {text.hash: text for text in texts if text.hash not in known}
    rows = (json.dumps({"id": one.id, "text": one.hash, "lines": one.lines}, ensure_ascii=False) for one in new.values())
    return kept + "".join(f"{row}\n" for row in rows)


def _end(node: yaml.Node) -> int:
    """Where a value ends: of a block PyYAML says where the next thing begins, behind the comments between them."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    return int(node.end_mark.index)


def _line(signature: Signature) -> str:
    due = f", review_by: {signature.review_by.isoformat()}" if signature.review_by is not None else ""
    by = json.dumps(signature.by, ensure_ascii=False)
    return f'{{by: {by}, on: {signature.on.isoformat()}{due}, text: "{signature.text}"}}'
