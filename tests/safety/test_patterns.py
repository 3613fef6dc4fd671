"""The language of patterns: what each piece of it fits, and what is said of a pattern that cannot be read."""

from __future__ import annotations

import pytest

from bot.safety.patterns import PatternError
from bot.safety.rules import UrgentRule, UrgentRules
from bot.safety.urgent import UrgentStep


def small(pattern: str, *unless: str) -> UrgentStep:
    groups = {"break": ("but|i",), "kin": ("dad|mom", "my boss")}
    rule = UrgentRule("fire", "medical", "en", (pattern,), ("no",) if unless else ())
    return UrgentStep(UrgentRules(groups, (rule,), exemptions={"no": unless}), frozenset({"forms"}))


@pytest.mark.parametrize(
    ("pattern", "said", "heard"),
    [
        ("red fire", "a red fire here", True),
        ("red fire", "red hot fire", False),
        ("red|blue fire", "blue fire", True),
        ("(red hot|blue) fire", "red hot fire", True),
        ("(red hot|blue) fire", "hot fire", False),
        ("red [hot|cold day] fire", "red cold day fire", True),
        ("red [hot|cold day] fire", "red fire", True),
        ("<kin> burns", "my boss burns", True),
        ("<kin> burns", "boss burns", False),
        ("# fires", "30 fires", True),
        ("# fires", "some fires", False),
        ("red ~2 fire", "red and hot fire", True),
        ("red ~2 fire", "red and very hot fire", False),
        ("red ~2 fire", "red but fire", False),
        ("red ~2 fire", "red hot, fire", True),
        ("red ~2 fire", "red and, hot fire", False),
        ("red ..2 fire", "red but, hot fire", True),
        ("^ fire", "fire here", True),
        ("^ fire", "a fire", False),
        ("fire $", "a fire", True),
        ("fire $", "a fire, run", True),
        ("fire $", "a fire here", False),
        ("forest fire", "forst fier", True),
        ("forest fire", "forms fire", False),
    ],
)
def test_the_pattern_language(pattern: str, said: str, heard: bool) -> None:
    assert (small(pattern).detect(said) is not None) is heard


@pytest.mark.parametrize(
    ("unless", "said", "heard"),
    [
        ("no @", "no fire", False),
        ("no @", "no, fire", True),
        ("no @", "no fire but a fire", True),
        ("@ drill", "fire drill", False),
        ("@ drill", "it is a, fire drill", False),
        ("no ~2 @", "no smoke. fire", True),
        ("no ..9 @", "no smoke, fire", False),
        ("^ no ~9 @ $", "no " + "long " * 200 + "fire", True),
    ],
)
def test_an_exemption_fits_around_one_match(unless: str, said: str, heard: bool) -> None:
    assert (small("fire", unless).detect(said) is not None) is heard


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("", "nothing stands where words should"),
        ("die|", "'the end' stands where a word should"),
        ("(die", "'(' is not closed"),
        ("die)", "')' closes nothing"),
        ("[die)", "'[' is not closed"),
        ("die ~0", "'~0' stands where a word should"),
        ("die ..21", "'..21' stands where a word should"),
        ("Die!", "cannot read"),
        ("<nobody> dies", "the group <nobody> does not exist"),
        ("<circle> dies", "the group <circle> contains itself"),
        ("[die] ~3", "no word that must be there"),
    ],
)
def test_a_pattern_that_cannot_be_read_says_why(pattern: str, what: str) -> None:
    rule = UrgentRule("fire", "medical", "en", (pattern,))
    with pytest.raises(PatternError, match=r"rule fire: .*allowed: ") as caught:
        UrgentStep(UrgentRules({"circle": ("a <circle>",)}, (rule,)), frozenset())
    assert what in str(caught.value)
