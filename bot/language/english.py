"""English, as a value."""

from __future__ import annotations

import re
from types import MappingProxyType

from bot.language.grammar import ClockWords, FigureWords, Grammar

_ONES = (
    "zero one two three four five six seven eight nine ten "
    "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = "first second third fourth fifth sixth".split()

_STARTERS = r"how|when|what|whats|can|could|do|does|did|is|are|will|would|should|why|where|who|am|may|must"

_WE = r"(?:i|we|he|she|they)"

_POINTING = frozenset("it its they them that thats this those these one ones each he him she her so then same".split())
_EMPTY = _POINTING | frozenset(
    "and or but what how about if is for in with after the a an of my me i on to do does also ok okay all only just have had "
    "at first when people someone patients instead case there treatment sessions session infusions infusion "
    "thing too as well say during no not mean get got need needs take takes you your we would will can could should are was did "
    "be".split()
)

_SPANS = "second minute hour day night week fortnight month year decade".split()
_FIGURES = FigureWords(
    ones=MappingProxyType({word: float(n) for n, word in enumerate(_ONES)}),
    tens=MappingProxyType({word: float(n * 10) for n, word in enumerate(_TENS, start=2)}),
    large=MappingProxyType({"hundred": 100.0, "thousand": 1000.0}),
    articles=("an", "a"),
    half="half",
    and_a_half="and a half",
    few=("a few", "several"),
    pair=("a couple of", "a couple"),
    units=MappingProxyType(
        {word: word for word in (*_SPANS, "infusion", "treatment", "session", "dose", "mg/kg", "mg", "kg")}
        | {"sec": "second", "min": "minute", "hr": "hour", "percent": "%", "per cent": "%", "%": "%"}
    ),
    plural="s",
    no_units=tuple(
        (
            "a an and are as at before but by can could did do does each every for from had has have hundred if in is may "
            "might must of on or out per should than that the thousand times to was were when which who will with would"
        ).split()
    ),
    to_words=("to", "through"),
    between=("between", "and"),
    or_word="or",
    and_word="and",
    span="{first} to {last}",
    spoken=frozenset(_ONES)
    | frozenset(_TENS)
    | frozenset(
        "hundred hundreds thousand thousands half quarter quarters quarterly monthly weekly daily nightly hourly yearly "
        "annual annually fortnight fortnightly biweekly bimonthly once twice thrice double triple dozen dozens couple "
        "few overnight first second third fourth fifth sixth hours minutes days weeks months years decade decades "
        "percent".split()
    ),
    spoken_spans=re.compile(
        r"\b(?:an?|another|each|every|per|half|all)[\s-]+(?:an?[\s-]+)?(?:minute|hour|day|night|week|month|year)\b"
    ),
)
_CLOCK = ClockWords(
    time="{hour12}:{minute} {half}",
    halves=("am", "pm"),
    day="{weekday}, {month} {day}",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=tuple("January February March April May June July August September October November December".split()),
)

ENGLISH = Grammar(
    tag="en",
    stemmer="english",
    numbers=MappingProxyType(
        {word: str(n) for n, word in enumerate(_ONES[:13])} | {word: str(n) for n, word in enumerate(_ORDINALS, start=1)}
    ),
    ordinal_endings=frozenset({"st", "nd", "rd", "th"}),
    # "can't" and "cannot" are "can not" by then.
    negations=frozenset("not no never without none".split()),
    corrections=frozenset("sorry mean meant actually rather instead correction oops wait".split()),
    before=frozenset({"before"}),
    after=frozenset({"after"}),
    clause_break=re.compile(
        rf"(?<=[.?!;:])\s+|\s+-+\s+|\n+|\s*,?\s+(?:and|but|also|or|plus)\s+(?=(?:also\s+)?(?:{_STARTERS})\b)"
        rf"|,\s+(?=(?:{_STARTERS})\b)"
    ),
    choosing=frozenset("the one number option choice please yes yeah ok no a that i mean meant".split()),
    every=frozenset({"all", "three", "everything", "every"}),
    last=frozenset({"last"}),
    follow_up=re.compile(
        r"^(?:(?:ok|okay|so|and|but|or|then|also|thanks|cool|right|hm+|ah|oh|well)[\s,]+)*"
        r"(?:what about|how about|and|or|what if|but|then|also|so|for|in|with|after)\b"
    ),
    pointing=_POINTING,
    empty=_EMPTY,
    # "How long?", "how often do I need them?"
    bare=_EMPTY
    | frozenset(
        (
            "long many much often soon over quick quickly fast why who where usually normally typically really again now come go"
        ).split()
    ),
    asking=frozenset(
        "how what when where which who whom whose why can could may might will would shall should do does did is are am was "
        "were has have had any".split()
    ),
    requests=re.compile(
        rf"\b(?:{_WE}(?:'d| would)? (?:really )?(?:like|love|want|need|wanted|wish) to "
        r"(?:know|ask|understand|find out|hear|check)"
        r"|(?:i|we)(?:'m| am| was|'re| are| were)? (?:just |only |also )?(?:wondering|curious|unsure|not sure|unclear|asking)"
        r"|(?:wonder|wondering|confirm|clarify|advise|explain|know|understand|ask|asked|asking|tell me|sure) "
        r"(?:me |us |to me )?(?:if|whether|how|when|what|why|which|who|about)"
        r"|(?:nobody|no one|no-one|none|never|didn't|did not|hasn't|forgot to|could you|can you|would you|please|kindly"
        r"|let (?:me|us))"
        r"[\w' ]{0,25} (?:tell|told|say|said|explain(?:ed)?|mention(?:ed)?|advised?|confirm|know|ask(?:ed)?)\b"
        r"|(?:my|the|one|only|main|real|another|quick|big|biggest) (?:\w+ )?(?:question|query|worry|concern)\b|any idea|whether"
        r"|what i (?:want|need|would like|can't|cannot|don't|do not|really|wanted)"
        r"|(?:is|are) it (?:ok|okay|safe|alright|allowed))"
    ),
    plans=re.compile(
        rf"\b(?:{_WE}(?:'m| am|'re| are|'s| is)? (?:just )?"
        r"(?:planning|intending|going|hoping|thinking|meaning|supposed) (?:to|on|of|about)"
        rf"|{_WE}(?:'ll| will| shall| plan| intend| hope| mean| want) (?:to )?"
        r"|(?:my|the|our|his|her) (?:plan|idea|intention) (?:is|was))\b"
    ),
    run_on=re.compile(
        rf"\s+(?=(?:and|but|so|or|because|anyway|also|plus|then)\s+(?:i|we|he|she|they|my|it|{_STARTERS})\b)"
        rf"|\s+(?=(?:{_STARTERS})\s+(?:i|we|he|she|they|it|you|the|my|is|are|do|does|can|will|long|much|many|often|soon)\b)"
    ),
    # "Can I please talk to a real person then".
    particles=frozenset(
        "a an the to with please just really actually then now maybe perhaps so very too much there real quite well also again "
        "here at all ever".split()
    ),
    now=frozenset({"now", "just now", "right now", "a moment ago"}),
    figures=_FIGURES,
    clock=_CLOCK,
)
