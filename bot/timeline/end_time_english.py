"""How the end of an infusion is said in English.

The words belong to infusions, so they are neither keys of the lexicon nor fields of ``Grammar``: language knows no infusions.
"""

from __future__ import annotations

from types import MappingProxyType

from bot.timeline.end_time_words import EndTimeWords

_LENGTHS_AND_TIMES = {
    "HOURS": "hours | hour | hrs | hr | h",
    "MINUTES": "minutes | minute | mins | min | m",
    "AND": "and",
    "AN": "a | an",
    "AND_A_HALF": "and a half",
    "AND_A_QUARTER": "and a quarter",
    "OR_SO": "or so",
    "AGO": "ago",
    "HALF_HOUR": "AN? half AN? HOURS | half of AN HOURS",
    "QUARTER_HOUR": "AN? quarter of? AN? HOURS",
    "THREE_QUARTERS": "three quarters of AN HOURS",
    "NOON": "<n>? noon | midday",
    "MIDNIGHT": "<n>? midnight",
    "HALF": "half",
    "QUARTER": "AN? quarter",
    "STEP_UNIT": "MINUTES",
    "PAST": "STEP_UNIT? past | STEP_UNIT? after",
    "TO": "STEP_UNIT? to | STEP_UNIT? till | STEP_UNIT? til | STEP_UNIT? before",
    "OCLOCK": "oclock | o clock",
    "ISH": "ish | - ish",
    "HOUR_MARK": "h",
    "MILITARY": "hrs | hours | h",
    "AM": "am | a m",
    "PM": "pm | p m",
    "CLEAR_MARK": "at | @",
    "MARK": (
        "CLEAR_MARK | around | about | approximately | approx | roughly | circa | by | like | exactly | maybe | just | only | ~"
    ),
}
_DAYS = {
    "DAYTIME": "morning | afternoon | evening",
    "LAST_NIGHT": "last night | yesterday night",
    "YESTERDAY": "yesterday",
    "TODAY": "today | earlier today | this morning | this afternoon",
    "OF_DAY": "DAYTIME | in the DAYTIME | night",
    "PART": "this DAYTIME | in the DAYTIME | TODAY OF_DAY? | YESTERDAY OF_DAY? | tonight | last night | at night",
    "WEEKDAY": (
        "monday | tuesday | wednesday | thursday | friday | saturday | sunday | mondays | tuesdays | wednesdays | thursdays"
        " | fridays | saturdays | sundays | mon | tue | tues | wed | thu | thur | thurs | fri"
    ),
    "DAYS": "day | days | week | weeks | month | months | year | years",
    "BACK": "ago | before",
    "OTHER_DAY": "yesterday | last night | last week | last month | last year | WEEKDAY | DAYS BACK",
}
# Behind a clock time: what makes it another thing (3 weeks, 3 of them, 3 to 4) or another day than those that are read here.
_NOT_AFTER = {
    "ANY_NUMBER": (
        "<n> | one | two | three | four | five | six | seven | eight | nine | ten | eleven | twelve | fifteen | twenty | thirty"
        " | forty | fifty | ninety | a | an"
    ),
    "RANGE": "to | or | until | till | til | - | /",
    "ON": "on | last | past",
    "THAT_DAY": "WEEKDAY | tomorrow | <nth> | day before | other day | next day",
    "TURN": "last | next",
    "ROUND": "week | month | year | time",
    "SO_MANY": "<n> | <nth> | a | one | two | three | four | five | six | seven | couple | few | several",
    "LATER": "TURN ROUND | every | each | ON? the? THAT_DAY | on <n> | SO_MANY DAYS BACK",
    "ZONE": "utc | gmt | est | edt | et | cst | cdt | ct | mst | mdt | mt | pst | pdt | pt | bst | cet | cest",
    "THING": "ZONE | seconds | second | times | time | of | more | different | %",
    "COMMA": ",",
}
_SESSIONS = {
    "KIND": "ketamine | ket | k | iv | infusion | booster | maintenance",
    "NOUN": (
        "infusion | infussion | infusn | infusoin | session | sesh | treatment | tx | appointment | appt | drip | iv | ketamine"
        " | booster | infusions | mine"
    ),
    "SESSION": "KIND? NOUN",
    "PLURAL": "infusions | sessions | treatments | appointments | boosters | drips",
    "SESSIONS": "KIND? PLURAL",
    "INFUSION_OR_PLACE": "SESSION | SESSIONS | clinic",
    # "It ended" and "and finished" speak of the noun before them; with one of these it is no infusion.
    "OTHER_NOUN": (
        "work | shift | job | class | school | lecture | meeting | movie | film | game | relief | pain | headache | migraine"
        " | nausea | sickness | dizziness | effect | effects | high | trip | buzz | panic | symptom | symptoms"
        " | benefit | benefits | series | course | nap | lunch | dinner | breakfast | drink | meal"
    ),
    "NOT_AFTER": "RANGE ANY_NUMBER | and a half | HOURS | MINUTES | THING | SESSION | SESSIONS | DAYS | COMMA? LATER | <n>",
}
_STATEMENTS = {
    "OWN": (
        "my | the | a | an | his | her | their | our | this | that | todays | first | second | third | last | latest | morning"
        " | afternoon | <nth>"
    ),
    "AT": "at | in",
    "SPOT": "clinic | hospital | office | center | centre",
    "PLACE": "AT SPOT | AT the SPOT | AT my SPOT",
    "WHO": "START | i | ive | we | weve | it | he | she | they | and | so | but | which | that",
    "FILL": "just | only | finally | actually | already | has | had | that | which",
    "BEEN": "was | were | got | has been | had been",
    "STRESS": "just | finally | all",
    "DONE": "done | over | finished | complete | completed | through",
    "ENDED": (
        "ended | ended up ending | ended up finishing | finished | finished up | finshed | finised | finnished | completed"
        " | concluded | wrapped up | BEEN STRESS? DONE | is just DONE | am just DONE | im just DONE"
    ),
    "CAME_OUT": "stopped | came out | let out",
    "WENT": "came | walked | stepped | went",
    "AWAY": "out | off",
    "FROM": "of | from | with",
    "LEFT": "got out FROM? | got off FROM? | got done FROM? | got through FROM? | WENT AWAY FROM? | left FROM?",
    "OF_THERE": "of there | of it",
    "STAFF": "they | he | she | the nurse | the nurses | nurse",
    "TUBE": "it | the drip | the needle | the line | the iv | the tube | the cannula",
    "ME": "me | him | her | us | my wife | my husband | my mum | my mom | my dad",
    "FREED": (
        "STAFF FILL* took TUBE out | STAFF FILL* took out TUBE | STAFF FILL* pulled TUBE | STAFF FILL* unhooked ME"
        " | STAFF FILL* disconnected ME | STAFF FILL* finished with ME | WHO FILL* came off TUBE"
    ),
    "STATEMENT": (
        "OWN* SESSION PLACE? PART? FILL* ENDED | OWN* SESSION PLACE? PART? FILL* CAME_OUT"
        " | WHO? FILL* ENDED with? OWN* SESSION PLACE? | WHO? FILL* LEFT OWN* SESSION PLACE?"
        " | WHO FILL* ENDED | WHO FILL* got out OF_THERE? | FREED"
    ),
    "UNNAMED": "START FILL* ENDED",
    # In front of a statement: a wish, a plan, a doubt or a habit, no report of what was; or something else ended ("relief from").
    "UNREAL": (
        "will | would | should | could | might | may | must | to | have | be | not | never | til | till | until | unless | once"
        " | before | by the time | havent | hadnt | hasnt | wasnt | isnt | didnt | of | from | in | on | during"
    ),
    "HABIT": "last time | usually | always | normally | typically | sometimes | every time | everytime | next time",
    "SINCE": "since | has passed since | have passed since | now since",
    "INEXACT": "than | over | under | almost | nearly",
    "LEAD": "so | and | ok | okay | hi | hello | hey",
    "JUST": "just",
    "NOW": "just now | right now | now | a moment ago | a second ago | a sec ago | this minute | this moment | this second",
    "IF": "if | when | whenever | after | once | since | says | said",
    "GOES_ON": (
        "and | so | but | can | could | may | am | is | do | does | will | would | should | how | when | what | where | who | now"
        " | im | i"
    ),
}
_ANSWERS = {
    "INTRO": "it | that | was | ended | finished",
    "NOBODY": "no one",
    "TAKING_BACK": (
        "no | nope | sorry | oops | wait | actually | i mean | i meant | i said | correction | wrong | not right | rather"
        " | make that | my bad | my mistake | that is wrong | thats wrong | that was wrong | thats not right | i was wrong"
        " | it was | it ended | it finished | hm | oh | ah | well | , | . | ! | - | :"
    ),
    "PICK": "PART | DAYTIME | night | the DAYTIME | the night | in the night | during the DAYTIME | during the night",
    "COURTESY": "please | sorry | thanks | thank you | of course | . | ! | , | ) | ?",
}
_DAY = range(24)

ENGLISH = EndTimeWords(
    rules=MappingProxyType(_LENGTHS_AND_TIMES | _DAYS | _NOT_AFTER | _SESSIONS | _STATEMENTS | _ANSWERS),
    verbs=(
        "ended",
        "fin",
        "complete",
        "concluded",
        "wrapped",
        "done",
        "over",
        "through",
        "stopped",
        "out",
        "off",
        "left",
        "unhooked",
        "disconnected",
        "pulled",
    ),
    clause_signs=".,;:!?()\n-",
    lengths=MappingProxyType({"HALF_HOUR": 30, "QUARTER_HOUR": 15, "THREE_QUARTERS": 45}),
    steps=MappingProxyType({"HALF": 30, "QUARTER": 15}),
    halves=MappingProxyType({"AM": 0, "PM": 12}),
    letters=MappingProxyType({"a": 0, "p": 12}),
    parts=MappingProxyType(
        {
            "morning": frozenset(hour for hour in _DAY if hour < 12),
            "afternoon": frozenset(hour for hour in _DAY if 12 <= hour < 18),
            "evening": frozenset(hour for hour in _DAY if hour >= 16),
            "night": frozenset(hour for hour in _DAY if hour >= 17 or hour < 6),
            "tonight": frozenset(hour for hour in _DAY if hour >= 17 or hour < 6),
        }
    ),
    owners=frozenset(
        "my the our his her their first last ketamine iv infusion session treatment drip it just so hi hello hey and".split()
    ),
    # Clinics give infusions by day; the last one of a long evening ends before nine. Between nine at night and seven in the
    # morning a bare "2.30" is more likely the other half of the day.
    clinic_hours=range(7, 21),
)
