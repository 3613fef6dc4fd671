"""The words of a folder: how an utterance reads in them, and which misspellings do not become words."""

from __future__ import annotations

from bot.language.english import ENGLISH
from bot.language.lexicon import Lexicon
from bot.language.vocabulary import Language


def test_a_misspelling_among_the_phrases_does_not_become_a_word() -> None:
    texts = [*["my infusion hurts"] * 5, "my infusoin hurts"]
    language = Language(Lexicon(ENGLISH), texts)
    assert "infusoin" not in language.vocabulary
    assert language.spell("infusoin") == "infusion"
    assert language.parse("infusoin").standard == ("infusion",)


def test_a_misspelling_among_the_phrases_means_the_common_word_whatever_else_is_near() -> None:
    language = Language(Lexicon(ENGLISH), [*["may i drive now"] * 5, "brive", "brine"])
    assert language.spell("brive") == "drive", "brine has its first letter, and is as rare"


def test_a_rare_word_unlike_any_common_one_stays_a_word() -> None:
    language = Language(Lexicon(ENGLISH), [*["my infusion hurts"] * 5, "esketamine"])
    assert language.spell("esketamine") == "esketamine"
    assert language.spell("esketamin") == "esketamine"
