"""The bot's own sentences: the keys in code, in the table and in the folder are the same, and so are their slots."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import pytest

from bot.app.channels import CHANNELS, slots
from bot.app.paths import knowledge_folder
from bot.channels.messages import COMMON, TERMINAL
from bot.knowledge.checks import CONTACT_SLOTS
from bot.knowledge.messages import SLOTS, Slots, fill
from bot.knowledge.model import Knowledge
from bot.knowledge.yamlfile import Fields, Mistakes, parse_yaml
from tests.places import ROOT

PACKAGE = ROOT / "bot"
EVERY: Slots = {**SLOTS, **slots()}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _strings(node: ast.AST) -> set[str]:
    """All strings of an expression, but for those that a condition in it only compares with."""
    if isinstance(node, ast.IfExp):
        return _strings(node.body) | _strings(node.orelse)
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    return {text for child in ast.iter_child_nodes(node) for text in _strings(child)}


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _values_of(name: str, function: ast.AST, trees: list[ast.Module]) -> set[str]:
    """The strings that a variable of ``function`` may hold: assigned, looped over, its default, handed in by name."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
            found |= _strings(node.value)
        if isinstance(node, ast.For | ast.comprehension) and name in _names(node.target) - _names(node.iter):
            looped = _strings(node.iter).union(*(_values_of(other, function, trees) for other in _names(node.iter)))
            found |= looped & EVERY.keys()
    if isinstance(function, Function):
        arguments = function.args.args
        defaults = zip(arguments[len(arguments) - len(function.args.defaults) :], function.args.defaults, strict=True)
        found |= {text for argument, default in defaults if argument.arg == name for text in _strings(default)}
        calls = [
            node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == function.name
        ]
        found |= {text for call in calls for word in call.keywords if word.arg == name for text in _strings(word.value)}
    return found


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _keys(node: ast.expr, function: ast.AST, trees: list[ast.Module], constants: Mapping[str, set[str]]) -> set[str]:
    if isinstance(node, ast.Name):
        return _values_of(node.id, function, trees)
    # Chosen from a constant, or from a part of one.
    parts = {
        name: _names(one.value)
        for one in ast.walk(function)
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Name)
        for name in _names(one.targets[0])
    }
    names = {source for name in _names(node) for source in parts.get(name, {name})}
    return _strings(node).union(*(constants.get(name, set()) for name in names))


def _constants(tree: ast.Module) -> dict[str, set[str]]:
    """The strings in what a module sets once, by its name."""
    set_once = [node for node in tree.body if isinstance(node, ast.Assign)]
    return {target.id: _strings(node.value) for node in set_once for target in node.targets if isinstance(target, ast.Name)}


def _said(trees: Mapping[str, ast.Module]) -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """(where, key, slots that it is given; None where that cannot be seen) for all that the code says."""
    every = list(trees.values())
    for module, tree in trees.items():
        constants = _constants(tree)
        for function in ast.walk(tree):
            if not isinstance(function, Function):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and _called(node) == "say":
                    given = frozenset(word.arg for word in node.keywords if word.arg)
                    for key in _keys(node.args[0], function, every, constants):
                        yield f"{module}:{node.lineno}", key, given
                elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("messages"):
                    for key in _keys(node.slice, function, every, constants):
                        yield f"{module}:{node.lineno}", key, None


TREES = {str(path.relative_to(PACKAGE)): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
SAID = list(_said(TREES))


def test_all_that_the_code_says_is_in_the_table() -> None:
    assert [f"{where} {key}" for where, key, _ in SAID if key not in EVERY] == []


def test_all_that_is_in_the_table_is_said() -> None:
    assert sorted(EVERY.keys() - {key for _, key, _ in SAID}) == []


# Where the modules of a channel are, and what it declares.
OF_CHANNELS = {
    "channels/terminal.py": TERMINAL,
    # Of both help desks, as they declare the same: "bot.channels.helpdesk.generic" is in channels/helpdesk.
    **{f"channels/{one.open.__module__.split('.')[2]}/": one.messages for one in CHANNELS},
}


def test_a_channel_says_what_it_declares_and_nothing_of_another() -> None:
    for place, declared in OF_CHANNELS.items():
        said = {key for where, key, _ in SAID if where.startswith(place)}
        assert sorted(said - SLOTS.keys() - COMMON.keys() - declared.keys()) == [], place
        assert sorted(declared.keys() - said) == [], place
    everywhere = {key for where, key, _ in SAID if not where.startswith("channels/")}
    assert sorted(everywhere - SLOTS.keys()) == [], "the dialogue says nothing of a channel's"


def test_each_key_is_given_the_slots_of_the_table() -> None:
    # The clinic's contact data are filled in everywhere.
    wrong = [one for one in SAID if one[2] is not None and one[2] != EVERY.get(one[1], frozenset()) - CONTACT_SLOTS]
    assert wrong == []


def test_the_shipped_folder_has_the_keys_of_the_table_and_no_other(knowledge: Knowledge) -> None:
    mistakes = Mistakes()
    value = parse_yaml("messages.yaml", (knowledge_folder() / "messages.yaml").read_bytes(), mistakes)
    assert isinstance(value, Fields)
    assert mistakes.found == []
    assert set(value.values) == set(EVERY) == set(knowledge.messages)


@pytest.mark.parametrize("key", EVERY)
def test_a_shipped_sentence_uses_all_that_it_is_given_and_nothing_else(knowledge: Knowledge, key: str) -> None:
    used = set(re.findall(r"\{(\w+)\}", knowledge.messages[key]))
    assert EVERY[key] <= used <= EVERY[key] | CONTACT_SLOTS


def test_no_two_shipped_sentences_are_the_same(knowledge: Knowledge) -> None:
    assert len(set(knowledge.messages.values())) == len(EVERY)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("def f(s): return s.say('empty')", {("empty", frozenset())}, id="constant"),
        pytest.param("def f(s): return say('topics', questions=1)", {("topics", frozenset({"questions"}))}, id="with-slots"),
        pytest.param(
            "def f(s, a): return s.say('cut' if a else 'empty')", {("cut", frozenset()), ("empty", frozenset())}, id="either"
        ),
        pytest.param(
            "def f(s, a='cut'): return s.say(a)\ndef g(): f(1, a='x')", {("cut", frozenset()), ("x", frozenset())}, id="parameter"
        ),
        pytest.param("def f(s):\n a = 'cut'\n return s.say(a)", {("cut", frozenset())}, id="variable"),
        pytest.param("def f(s):\n for a, b in (('cut', 1),):\n  s.say(a)", {("cut", frozenset())}, id="loop"),
        pytest.param(
            "def f(s, a):\n b = 'cut' if a == 'x' else 'empty'\n s.say(b)",
            {("cut", frozenset()), ("empty", frozenset())},
            id="chosen-before",
        ),
        pytest.param("def f(k):\n a = ['cut']\n return [k.messages[b] for b in a]", {("cut", None)}, id="list-of-keys"),
        pytest.param("def f(k): return k.messages['nope']", {("nope", None)}, id="subscript"),
        pytest.param("def say(d, k): return d.say('cut')", {("cut", frozenset())}, id="in-a-function-that-says"),
        pytest.param("def say(s, key, **v): return s.k.messages[key]", set(), id="the-function-that-says"),
        pytest.param(
            "A = ('cut', 'empty')\ndef f(s): s.say(A[0])", {("cut", frozenset()), ("empty", frozenset())}, id="constants"
        ),
        pytest.param(
            "A = ('cut', 'empty')\ndef f(s, n):\n a, *b = A\n s.say(b[n] if n else a)",
            {("cut", frozenset()), ("empty", frozenset())},
            id="parts-of-a-constant",
        ),
        pytest.param("A = 'cut'\ndef f(s): s.tell(A[0])", set(), id="a-constant-that-is-not-said"),
        pytest.param("def f(): return 'empty'", set(), id="a-string-that-is-not-said"),
    ],
)
def test_what_is_said_is_read_from_the_source(source: str, said: set[tuple[str, frozenset[str] | None]]) -> None:
    assert {(key, given) for _, key, given in _said({"m": ast.parse(source)})} == said


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        pytest.param("at {clock}", "at noon", id="a-slot"),
        pytest.param("{clock}{clock}", "noonnoon", id="twice"),
        pytest.param("{other} {Clock} {} {clock", "{other} {Clock} {} {clock", id="no-slot"),
        pytest.param("{echo}", "{clock}", id="what-is-filled-in-is-not-looked-at-again"),
    ],
)
def test_fill(text: str, filled: str) -> None:
    assert fill(text, {"clock": "noon", "echo": "{clock}"}) == filled
