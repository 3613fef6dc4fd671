"""Strict YAML: values stay as typed and know their line; whatever YAML would change or hide is a mistake."""

# ruff: noqa: E501 -- a row is a line

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import yamlfile
from bot.knowledge.yamlfile import Fields, Items, Mistakes, Scalar, parse_yaml, walk


def mistakes_of(data: bytes) -> list[str]:
    mistakes = Mistakes()
    parse_yaml("f.yaml", data, mistakes)
    return mistakes.lines()


def test_values_keep_their_text_and_line() -> None:
    mistakes = Mistakes()
    value = parse_yaml("f.yaml", b'a: text\nb:\n  - "1"\n  - x y\n', mistakes)
    assert mistakes.found == []
    assert isinstance(value, Fields)
    assert value.lines == {"a": 1, "b": 2}
    assert value.values["a"] == Scalar("text", 1, None)
    assert value.values["b"] == Items((Scalar("1", 3, None), Scalar("x y", 4, None)), 3)
    assert [scalar.text for scalar in walk(value)] == ["text", "1", "x y"]


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)], ids=["python", "c"])
@pytest.mark.parametrize(
    ("typed", "guessed"),
    [
        ("no", "bool"), ("yes", "bool"), ("on", "bool"), ("1:30", "int"), ("24:00", "int"), ("010", "int"), ("0x1f", "int"), ("12", "int"),
        ("1.5", "float"), (".inf", "float"), ("2026-01-01", "timestamp"), ("~", "null"), ("null", "null"), ("", "null"), ("=", "value"),
        ('"no"', None), ("'1:30'", None), ("word", None), ("1 hour", None),
    ],
)  # fmt: skip
def test_what_yaml_would_change_is_seen(monkeypatch: pytest.MonkeyPatch, loader: type, typed: str, guessed: str | None) -> None:
    monkeypatch.setattr(yamlfile, "_Loader", loader)  # which of the two there is depends on how PyYAML was built
    value = parse_yaml("f.yaml", f"a: {typed}\n".encode(), Mistakes())
    assert isinstance(value, Fields)
    scalar = value.values["a"]
    assert isinstance(scalar, Scalar)
    assert (scalar.text, scalar.guessed) == (typed.strip("\"'"), guessed)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        pytest.param(b"", "f.yaml:1: the file is empty", id="empty"),
        pytest.param(b"# only\n", "f.yaml:1: the file is empty", id="comment"),
        pytest.param(b"a: b\na: c\n", "f.yaml:2: the key a stands here twice (first in line 1)", id="repeated_key"),
        pytest.param(b"a:\n  b: c\n  b: d\n", "f.yaml:3: the key b stands here twice", id="repeated_inner_key"),
        pytest.param(b"no: b\n", "f.yaml:1: YAML does not read the key no as text", id="guessed_key"),
        pytest.param(b"a: 1\n\tb: 2\n", "f.yaml:2: there is a tab", id="tab"),
        pytest.param(b"a: b\nc: \x07\n", "f.yaml:2: there is an invisible control character (U+0007)", id="control"),
        pytest.param("a: b\u200bc\n".encode(), "f.yaml:1: there is an invisible control character (U+200B)", id="zero_width"),
        pytest.param(b"a: b\nc: \xff\n", "f.yaml:2: this is not UTF-8", id="not_utf8"),
        pytest.param(b"a: &x b\nc: *x\n", "f.yaml:1: anchors and aliases", id="alias"),
        pytest.param(b"a: b\nc: &Co a clinic\n", "f.yaml:2: anchors and aliases", id="anchor_alone"),
        pytest.param(b"a: Call 555 0100 ext #12\n", "f.yaml:1: YAML leaves out what follows 'Call 555 0100 ext'", id="cut_text"),
        pytest.param(b"- a\n- 'b'\n- c\n  d #e\n", "f.yaml:4: YAML leaves out what follows 'c d'", id="cut_text_of_two_lines"),
        pytest.param(
            "a: 'x\x85y'\nb: c d  # e\n".encode(), "f.yaml:3: YAML leaves out what follows 'c d'", id="cut_behind_a_break"
        ),
        pytest.param(b"&x [*x]\n", "f.yaml:1: anchors and aliases", id="endless"),
        pytest.param(b"a: !!python/name:os.system x\n", "f.yaml:1: the tag tag:yaml.org,2002:python", id="python_tag"),
        pytest.param(b"a: !mine x\n", "f.yaml:1: the tag !mine", id="own_tag"),
        pytest.param(b"a: !mine [x]\n", "f.yaml:1: the tag !mine", id="own_tag_of_a_list"),
        pytest.param(b"[" * 30 + b"]" * 30 + b"\n", "f.yaml:1: this is nested more than 12 levels deep", id="deep"),
        pytest.param(b"a: [b\n", "f.yaml:1: the [ is not closed; put ]", id="open_list"),
        pytest.param(b"a: b\n--- \nc: d\n", "f.yaml:2: this line begins a second document; delete it", id="two_documents"),
        pytest.param(b"? [a]\n: b\n", "f.yaml:1: a key must be a word", id="key_is_a_list"),
        pytest.param(b"a: b\nc: half a sen", "f.yaml:2: the file ends within a line", id="cut_off"),
        pytest.param(b"x" * 2_000_001, "f.yaml:1: the file has 2000001 bytes", id="large"),
    ],
)
def test_what_is_refused(data: bytes, wanted: str) -> None:
    lines = mistakes_of(data)
    assert any(line.startswith(wanted) for line in lines), lines


def test_thousands_of_levels_do_no_harm() -> None:
    assert mistakes_of(b"[" * 100_000 + b"\n")
    assert mistakes_of(b"[" * 20_000 + b"]" * 20_000 + b"\n")


def test_every_mistake_is_told_in_order_and_once() -> None:
    mistakes = Mistakes()
    for line in (3, 1, 3):
        mistakes.add("b.yaml", line, "wrong")
    mistakes.add("a.yaml", 9, "of\ntwo lines")
    assert mistakes.lines() == ["a.yaml:9: of two lines", "b.yaml:1: wrong", "b.yaml:3: wrong"]


@given(st.one_of(st.binary(), st.text().map(str.encode), st.text(alphabet="ab:-[]{}&*!|>'\"#? \n%", max_size=40).map(str.encode)))
def test_any_bytes_give_a_value_or_mistakes(data: bytes) -> None:
    mistakes = Mistakes()
    value = parse_yaml("f.yaml", data, mistakes)
    assert value is not None or mistakes.found
    assert all(line.startswith("f.yaml:") and "\n" not in line for line in mistakes.lines())


def test_a_word_or_a_quoted_text_may_have_a_comment() -> None:
    mistakes = Mistakes()
    text = b"a: b  # c\nd: 'e f'  # g\nh: i#j k\nl: m & n\nq: [r, s]  # t\nu:  # v\n  w x\n"
    assert yamlfile.parse_yaml("f.yaml", text, mistakes) is not None
    assert mistakes.lines() == []
