"""Signatures in the text of a ledger: put in place, with comments and everything else left as they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.authoring.signing import HEAD, chosen, signed_texts, texts_beside, with_signatures, with_texts
from bot.dialogue.reviews import Reviewable
from bot.knowledge.model import Signature

ON = date(2026, 11, 24)
NEW = Signature("Dr. A", ON, "0123456789abcdef", date(2027, 11, 24))
LINE = '{by: "Dr. A", on: 2026-11-24, review_by: 2027-11-24, text: "0123456789abcdef"}'
TEXTS = {
    id: Reviewable(id, "danger", "f", "t", ()) for id in ("driving", "danger.alarm.en.medical", "danger.alarm.es.medical", "dose")
}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", f"{HEAD}driving: {LINE}\n", id="a-new-file"),
        pytest.param("dose: {by: B}  # mine\n", f"dose: {{by: B}}  # mine\ndriving: {LINE}\n", id="beside-another"),
        pytest.param("dose: {by: B}", f"dose: {{by: B}}\ndriving: {LINE}\n", id="no-line-break-at-the-end"),
        pytest.param(
            "# above\ndriving: {by: 'x } # y', on: 2020-01-01}  # kept\n# below\n",
            f"# above\ndriving: {LINE}  # kept\n# below\n",
            id="in-place",
        ),
        pytest.param(
            "driving:\n  by: B # who\n  text: abc\n# below\n\ndose: {by: B}\n",
            f"driving: {LINE}\n# below\n\ndose: {{by: B}}\n",
            id="in-place-of-a-block",
        ),
    ],
)
def test_a_signature_is_put_in_place(before: str, after: str) -> None:
    assert with_signatures(before, {"driving": NEW}) == after


def test_several_at_once_and_again_change_nothing_more() -> None:
    both = {"driving": NEW, "dose": NEW}
    once = with_signatures("dose: {by: B}\n# end\n", both)
    assert with_signatures(once, both) == once
    assert yaml.safe_load(once).keys() == both.keys()


def test_several_are_put_in_place_whatever_their_lengths() -> None:
    before = "dose: {by: B}  # one\ndriving: {by: B, on: 2020-01-01, text: 0}  # other\n"
    assert with_signatures(before, {"driving": NEW, "dose": NEW}) == f"dose: {LINE}  # one\ndriving: {LINE}  # other\n"


@pytest.mark.parametrize("name", ["no", 'O\'Neill: "A" # b', "Ödön }", "1999-01-01"])
def test_any_name_is_read_back_as_it_was_given(name: str) -> None:
    ledger = with_signatures("", {"driving": Signature(name, ON, "0123456789abcdef")})
    assert yaml.safe_load(ledger)["driving"]["by"] == name


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        pytest.param(["dose"], ["dose"], id="one"),
        pytest.param(["dose", "driving", "dose"], ["driving", "dose"], id="in-the-order-of-the-folder"),
        pytest.param(["danger.alarm"], ["danger.alarm.en.medical", "danger.alarm.es.medical"], id="all-that-begin-so"),
    ],
)
def test_ids_name_texts(ids: list[str], found: list[str]) -> None:
    assert [text.id for text in chosen(ids, TEXTS)] == found


@pytest.mark.parametrize(
    ("id", "near"),
    [("drivng", "driving"), ("danger.alrm", "danger.alarm"), ("danger.alarm.en.medicl", "danger.alarm.en.medical")],
)
def test_an_unknown_id_is_told_with_the_nearest_right_one(id: str, near: str) -> None:
    with pytest.raises(LookupError, match=rf"there is no text {id}; did you mean {near}\?"):
        chosen(["dose", id], TEXTS)


def test_what_is_near_to_nothing_is_told_alone() -> None:
    with pytest.raises(LookupError, match=r"there is no text zzz \(kb review lists them\)"):
        chosen(["zzz"], TEXTS)


def test_what_was_signed_is_kept_once_and_read_back() -> None:
    one, other = (Reviewable(id, "danger", "f", "t", (f"{id}: “ja”", "a\nb")) for id in ("a", "b"))
    once = with_texts("", [one, other, one])
    assert signed_texts(once) == {one.hash: one.lines, other.hash: other.lines}
    assert with_texts(once, [other]) == once
    assert signed_texts(f"nonsense\n{{}}\n[1]\n{once}") == signed_texts(once)


@pytest.mark.parametrize(("ledger", "texts"), [("reviews.yaml", "reviews.signed"), ("lake.reviews", "lake.signed")])
def test_it_is_kept_beside_its_ledger(ledger: str, texts: str) -> None:
    assert texts_beside(Path("there") / ledger) == Path("there") / texts
