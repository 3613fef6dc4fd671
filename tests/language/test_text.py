"""Words out of what people type: laws of the one spelling, words and sentences, cutting, stems."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.language.text import cut, normalise, raw_words, sentences, stemmer

ANY = st.text(st.characters())  # every code point, lone surrogates too
PLAIN = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789 .,?!'\n"), max_size=60)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u0301\u0336\ufe0f\x00\x08\ud800\udfff"
# A letter of another alphabet, or another form, that looks like the Latin one.
LOOKALIKES = {"a": "аα", "e": "еε", "o": "оο", "p": "рρ", "c": "сϲ", "x": "хχ", "i": "іι", "s": "ѕ", "k": "кκ", "t": "тτ"}
FIRST_FULL_WIDTH = 0xFEE0


@given(ANY)
@example("Ⅷ\u0345")
@example("ϓ\u0301")
@example("\ud800a\udfff")
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(str(normalise(text))) == normalise(text)


def test_what_is_normalised_is_known_and_what_is_made_of_it_is_not() -> None:
    once = normalise("How  LONG\u200b?")
    assert normalise(once) is once
    for part in (once[:3], f"{once}", once + "", once.upper(), str(once)):
        assert type(part) is str


def test_normalising_settles_each_character_of_unicode_at_once() -> None:
    # Without those of no category: they are dropped, and are nine of ten.
    letters = [char for char in map(chr, range(0x110000)) if unicodedata.category(char) not in {"Cn", "Co", "Cs"}]
    assert [char for char in letters if normalise(str(once := normalise(char))) != once] == []


@given(ANY)
def test_what_is_normalised_has_no_mark_and_nothing_invisible(text: str) -> None:
    left = {unicodedata.category(char) for char in normalise(text) if char != "\n"}
    assert not left & {"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn", "Lt"}


@given(ANY)
@example("Ϲ")
def test_case_makes_no_difference(text: str) -> None:
    assert normalise(text.lower()) == normalise(text.casefold()) == normalise(text)


@given(PLAIN)
def test_capitals_make_no_difference(text: str) -> None:
    assert normalise(text.upper()) == normalise(text.title()) == normalise(text)


@given(PLAIN, st.data())
def test_invisible_characters_and_combining_marks_make_no_difference(text: str, data: st.DataObject) -> None:
    noise = data.draw(st.lists(st.sampled_from(INVISIBLE), min_size=len(text), max_size=len(text)))
    assert normalise("".join(char + more for char, more in zip(text, noise, strict=True))) == normalise(text)


@given(PLAIN, st.data())
def test_letters_that_look_alike_make_no_difference(text: str, data: st.DataObject) -> None:
    drawn = [data.draw(st.sampled_from(char + LOOKALIKES.get(char, ""))) for char in text]
    assert normalise("".join(drawn)) == normalise(text)
    assert normalise("".join(drawn).upper()) == normalise(text)


@given(st.text(st.characters(max_codepoint=127)))
@example("".join(map(chr, range(128))))
def test_plain_ascii_reads_as_it_does_beside_other_characters(text: str) -> None:
    # All ASCII takes a short cut.
    assert normalise(text + "\u200b") == normalise(text)


@given(PLAIN)
def test_width_makes_no_difference(text: str) -> None:
    wide = "".join(chr(ord(char) + FIRST_FULL_WIDTH) if char > " " else char for char in text)
    assert normalise(wide) == normalise(text)


@given(PLAIN)
def test_the_kind_and_number_of_blanks_make_no_difference(text: str) -> None:
    assert normalise(text.replace(" ", " \u00a0\t\u3000")) == normalise(text)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param("How LONG does it last?", "how long does it last", id="case-and-marks"),
        pytest.param("don’t dont DON'T", "dont dont dont", id="apostrophes"),
        pytest.param("ﬁfty ½ ℌour", "fifty 1 2 hour", id="compatibility-forms"),
        pytest.param("café naïve", "cafe naive", id="accents"),
        pytest.param("2.5 hrs, 1,000 6th 2hrs", "2.5 hrs 1,000 6th 2 hrs", id="numbers"),
        pytest.param("$50 or 20%", "$ 50 or 20 %", id="money-and-per-cent"),
        pytest.param("one\u2028two\rthree", "one two three", id="line-breaks"),
        pytest.param("?!… 😀 \u200b", "", id="no-word"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_words(typed: str, words: str) -> None:
    assert raw_words(normalise(typed)) == words.split()


@given(ANY)
def test_words_are_ascii_whatever_was_typed(text: str) -> None:
    assert all(word and word.isascii() and not word.isspace() for word in raw_words(normalise(text)))


def test_line_breaks_and_marks_end_sentences() -> None:
    assert sentences(normalise("Hi there.  How long?\nCan I drive\n\nthanks")) == [
        "hi there.",
        "how long?",
        "can i drive",
        "thanks",
    ]


# -- cutting ---------------------------------------------------------------------------------------------------------


@given(ANY, st.integers(1, 80))
def test_what_is_cut_is_a_beginning_no_longer_than_the_limit(text: str, limit: int) -> None:
    head, was_cut = cut(text, limit)
    assert len(head) <= limit
    assert text.startswith(head)
    assert was_cut is (len(text) > limit)
    assert head or not text[:limit].strip()


@pytest.mark.parametrize(
    ("text", "limit", "head"),
    [
        pytest.param("short", 5, "short", id="fits"),
        pytest.param("One is said. Two is said. Three is", 30, "One is said. Two is said.", id="last-sentence-that-fits"),
        pytest.param("One is said. Two", 12, "One is said.", id="sentence-that-just-fits"),
        pytest.param("line one\nline two and more", 12, "line one", id="line"),
        pytest.param(
            "ok. then a long sentence without an end", 20, "ok. then a long", id="no-sentence-in-the-last-three-quarters"
        ),
        pytest.param("2.5 hours after the end", 9, "2.5", id="a-point-in-a-number-ends-nothing"),
        pytest.param("x" * 50, 10, "x" * 10, id="no-blank-at-all"),
    ],
)
def test_cut_ends_at_a_sentence_else_at_a_word(text: str, limit: int, head: str) -> None:
    assert cut(text, limit) == (head, head != text)


# -- stems -----------------------------------------------------------------------------------------------------------


def test_short_words_and_digits_are_not_stemmed() -> None:
    stem = stemmer("english")
    assert [stem(word) for word in ("infusions", "driving", "was", "2024")] == ["infus", "drive", "was", "2024"]


def test_no_character_is_read_as_more_than_four_letters() -> None:
    letters = [char for char in map(chr, range(0x110000)) if not "\ud800" <= char < "\ue000"]
    assert [char for char in letters if len(normalise(f"a{char}a")) > 6] == []
