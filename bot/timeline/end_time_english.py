"""How the end of an infusion is said in English.

Words and grammar hang together here (tense, word order, what may stand between), so the lists are patterns that the rows of one
test hold together, and neither keys of the lexicon nor fields of ``Grammar``: language knows no infusions.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from bot.timeline.end_time_grammar import EndTimeGrammar

_SESSION = (
    r"(?:(?:ketamine|ket|k|iv|infusion|booster|maintenance) )?"
    r"(?:infusions?|infussion|infusn|infusoin|session|sesh|treatment|tx|appointment|appt|drip|iv|ketamine|booster)"
)
_OWN = (
    r"(?:(?:my|the|an?|his|her|their|our|this|that|today'?s|first|second|third|last|latest|morning|afternoon"
    r"|[0-9]{1,2}(?:st|nd|rd|th)) ){0,3}"
)
_PLACE = r"(?: (?:at|in) (?:the |my )?(?:clinic|hospital|office|center|centre))?"
_PART = (
    r"(?:(?:this|in the) (?:morning|afternoon|evening)|(?:(?:earlier )?today|yesterday)"
    r"(?: (?:in the )?(?:morning|afternoon|evening)| night)?|tonight|last night|at night)"
)
_WHO = r"(?:^|(?<=[.,;:!?()\n-]) ?|\b(?:i|ive|i've|we|weve|we've|it|he|she|they|and|so|but|which|that) )"
_FILL = r"(?:(?:just|only|finally|actually|already|has|had|that|which) ){0,2}"
_PAST = (
    r"(?:ended(?: up (?:ending|finishing))?|finished(?: up)?|finshed|finised|finnished|completed|concluded|wrapped up"
    r"|(?:was|were|got|has been|had been) (?:just |finally |all )?(?:done|over|finished|completed?|through))"
)
_OUT = r"(?:got (?:out|off|done|through)|(?:came|walked|stepped|went) (?:out|off)|left)(?: of| from| with)?"
_STATEMENT = re.compile(
    # my infusion ended | got out of my infusion | i finished
    rf"\b{_OWN}{_SESSION}{_PLACE}(?: (?P<day>{_PART}))? {_FILL}(?:{_PAST}|stopped|came out|let out)\b"
    rf"|(?:{_WHO}|\b){_FILL}(?:{_PAST}(?: with)?|{_OUT}) {_OWN}{_SESSION}{_PLACE}\b"
    rf"|{_WHO}{_FILL}(?:{_PAST}|got out(?: of (?:there|it))?)\b"
)
# In front of a statement: a wish, a plan, a doubt or a habit, no report of what was; or something else ended ("relief from ...").
_UNREAL = re.compile(
    r"(?:\b(?:will|would|should|could|might|may|must|to|have|be|not|never|til|till|until|unless|once|before|by the time)"
    r"|(?:have|had|has|was|is)n'?t|\b(?:of|from|in|on|during)) $"
    r"|\b(?:last time|usually|always|normally|typically|sometimes|every ?time|next time)\b[^.,;!?\n]*$"
)
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thurs?|fri)"
_OTHER_DAY = re.compile(
    rf"\b(?:yesterday|last (?:night|week|month|year)|{_WEEKDAY}(?:'?s)?|(?:days?|weeks?|months?|years?) (?:ago|before))\b"
)
# "It ended" and "and finished" speak of the noun before them; with one of these it is no infusion.
_NOUNS = re.compile(
    rf"\b(?:(?P<session>{_SESSION}s?|clinic)|work|shift|job|class|school|lecture|meeting|movie|film|game|relief|pain|headache|migraine"
    r"|nausea|sickness|dizziness|effects?|high|trip|buzz|panic|symptoms?|benefits?|series|course|nap|lunch|dinner|breakfast|drink|meal)\b"
)
# Beside the number words of the grammar.
_NUMBERS = {"an": 1.0, "a": 1.0, "fifteen": 15.0, "twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "ninety": 90.0}
_HOUR_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_AMOUNT = rf"(?:[0-9]{{1,3}}(?:\.[0-9]{{1,2}})?|{_HOUR_WORD}|{'|'.join(_NUMBERS)})"
_HOURS, _MINUTES = r"(?:hours?|hrs?|h)\b", r"(?:minutes?|mins?|m)\b"
_DURATION = (
    rf"(?:(?P<half>(?:a )?half(?: an?)? (?:hour|hr)\b)|(?P<hours>{_AMOUNT})(?P<and1> and a half)? ?{_HOURS}"
    rf"(?P<and2> and a half\b)?(?:(?: and)? (?P<more>{_AMOUNT}) ?{_MINUTES})?|(?P<minutes>{_AMOUNT}) ?{_MINUTES})(?: or so)?"
)
_MARK = r"(?P<mark>(?:(?:at|around|about|approximately|approx|roughly|circa|by|like|exactly|maybe) |[@~] ?){0,3})"
_CLOCK = (
    r"(?:(?P<word>(?:12 )?(?:noon|midnight)|midday)|(?P<digits>[0-9]{3,4})(?P<military> ?(?:hrs|hours|h)\b)?"
    rf"|(?P<step>half|a quarter|quarter|5|10|20|25|five|ten|twenty) (?P<way>past|to) (?P<around>[0-9]{{1,2}}|{_HOUR_WORD})"
    rf"|(?P<hour>[0-9]{{1,2}}|{_HOUR_WORD})"
    r"(?:[:.](?P<minute>[0-9]{2})(?: ?hrs\b)?| (?P<minute_word>fifteen|thirty|forty five))?)"
    r"(?: ?o'? ?clock)?(?:[ -]?ish)?(?: ?(?P<half_of_day>[ap])\.?m\b\.?|(?<=[0-9])(?P<letter>[ap])\b)?(?:[ -]?ish)?"
)
# After a clock time: what makes it another thing (3 weeks, 3 of them, 3 to 4) or another day than those that are read here.
_NOT_AFTER = (
    rf"(?![\w%]|[:.,][0-9]|-\w| ?[-/] ?[0-9]| (?:to|or|until|till?) {_AMOUNT}\b| and a half\b"
    rf"| ?(?:{_HOURS}|{_MINUTES}|seconds?\b|times?\b|of\b|more\b|different\b|{_SESSION}\b)| (?:days?|weeks?|months?|years?)\b"
    r"| (?:utc|gmt|[ecmp][sd]?t|bst|cest?)\b|,? (?:last|next) (?:week|month|year|time)\b|,? (?:every|each)\b"
    rf"|,? (?:on |last |past )?(?:the )?(?:{_WEEKDAY}\b|tomorrow|[0-9]{{1,2}}(?:st|nd|rd|th|/)|day before|other day|next day)"
    r"|,? [a-z0-9]+ (?:days?|weeks?|months?) (?:ago|before)\b)"
)
# Atomic: "3 pm to 4" must not be tried again as a bare "3".
_WHEN = re.compile(
    rf" ?(?:(?P<before>{_PART}),? )?{_MARK}(?:{_DURATION} ago\b|(?>{_CLOCK}(?:,? (?P<after>{_PART})\b)?){_NOT_AFTER})"
)
_SINCE = re.compile(rf"(?<![\w.]){_DURATION}(?: (?:has|have) passed)?(?: now)? since $")
_LEAD = re.compile(r"(?:^|[.,;:!?()\n-]|\b(?:so|and|ok|okay|hi|hello|hey)) ?$")
_OWNERS = frozenset(
    "my the our his her their first last ketamine iv infusion session treatment drip it just so hi hello hey and".split()
)
_ALONE = re.compile(_MARK + _CLOCK)
_HOURS_OF_THE_DAY = range(24)

ENGLISH = EndTimeGrammar(
    statement=_STATEMENT,
    unreal=_UNREAL,
    nouns=_NOUNS,
    part_before=re.compile(rf"\b({_PART}),? $"),
    other_day=_OTHER_DAY,
    when=_WHEN,
    since=_SINCE,
    lead=_LEAD,
    alone=_ALONE,
    clear_mark=re.compile("at |@"),
    last_night=re.compile("last night|yesterday night"),
    yesterday=re.compile("yesterday"),
    today=re.compile("today|this (?:morning|afternoon)"),
    parts=MappingProxyType(
        {
            "morning": frozenset(hour for hour in _HOURS_OF_THE_DAY if hour < 12),
            "afternoon": frozenset(hour for hour in _HOURS_OF_THE_DAY if 12 <= hour < 18),
            "evening": frozenset(hour for hour in _HOURS_OF_THE_DAY if hour >= 16),
            "night": frozenset(hour for hour in _HOURS_OF_THE_DAY if hour >= 17 or hour < 6),
        }
    ),
    amounts=MappingProxyType(_NUMBERS),
    steps=MappingProxyType({"half": 30, "quarter": 15, "a quarter": 15}),
    past="past",
    afternoon="p",
    midnight="midnight",
    owners=_OWNERS,
    answers=("my infusion ended at {}", "my infusion ended {}"),
)
