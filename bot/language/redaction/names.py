"""Names, where something introduces them: "my name is", a title, a greeting, a signature, "my husband"; and given names anywhere.

Doctors are no exception: who treats somebody, and for what, leads to few people.
"""

from __future__ import annotations

import re

from bot.language.redaction.marks import NAME
from bot.language.redaction.words import ENDINGS, GIVEN, OF_PLACES, ORDINARY, RELATIVES, TITLES

_PARTICLE = r"(?:(?:de|del|la|las|los|van|von|der|den|di|da|al|el|bin|ni|nic|y|st\.|mac|mc|o')\s)"
_CAPITAL = r"(?:O'|D')?[A-ZÀ-ÖØ-Þ][\w'’-]*\.?"
_MORE = rf"(?:\s{_PARTICLE}{{0,2}}(?:{_CAPITAL}))"
# One to four words with capital letters, with what may stand between them in small ones.
_NAMED = rf"{_CAPITAL}{_MORE}{{0,3}}"
_ANY = r"[^\W\d_][\w'’-]*"
_MOST_WORDS = 3
_ROLE = re.compile(rf"(?:{RELATIVES}|\\w+(?:er|or|ist|ian|man|woman|ee|ant|ent|ic|ot))", re.IGNORECASE)
_SHOUTED = 0.7

# Whatever follows these is a name, with a capital letter or without.
_SURE = re.compile(
    r"\b((?:(?:full|first|last|given|maiden|sur)\s?)?name(?:'?s|\s+is|\s+was|\s*[:=]|\s+-)|(?:i|he|she)\s+(?:am|is)\s+called|i'm\s+called|"
    r"me\s+llamo|mi\s+nombre(?:\s+completo)?\s+es|se\s+llama|nombre(?:\s+y\s+apellidos)?\s*:|apellidos?\s*:|answers?\s+to|goes\s+by|"
    rf"(?<!\ba\s)named)\s*({_ANY}(?:[ ]{_ANY}){{0,3}})",
    re.IGNORECASE,
)
# What follows these is one with a capital letter, or where the name is well known.
_LIKELY = re.compile(
    r"\b((?i:i\s?['’]?m|i\s+am|this\s+is|(?:it|that)\s?['’]?s|it\s+is|here\s+is|here's|soy|habla|de\s+parte\s+de|yo\s+soy)"
    rf",?\s+(?:again,?\s+)?)({_NAMED}|{_ANY})"
)
# As those, and no adjective follows.
_ASKED = re.compile(
    r"\b((?i:(?:call|calls|know)\s+me(?:\s+as)?|names?(?:\s+of)?|ask\s+for|speak\s+(?:to|with)|talk\s+to|on\s+behalf\s+of|"
    r"signed(?:\s+by)?|asking\s+for|patient:|client:|book|paciente:)"
    rf",?\s+)({_NAMED}|{_ANY})"
)
_GREETED = re.compile(
    r"\b((?i:hi|hello|hey|hiya|dear|good\s+(?:morning|afternoon|evening)|hola|querid[oa]|estimad[oa]|buen(?:os|as)\s+"
    r"(?:d[íi]as|tardes|noches))"
    rf",?\s+(?i:there,?\s+|all,?\s+)?)({_NAMED}|{_ANY})"
)
# In small letters only at the very beginning, where people say who writes.
_BEGINNING = re.compile(
    rf"^((?:hi|hello|hey|hiya)\W+(?:there\W+|all\W+)?(?:i\W?m|it\W?s|this\s+is)\s+)({_ANY}(?:\s{_ANY})?)", re.IGNORECASE
)
_TITLED = re.compile(rf"\b((?i:{TITLES})\s+)({_NAMED}|{_ANY})")
_KIN = re.compile(
    rf"\b((?i:(?:my|our|his|her|their|your|mi|tu|su|nuestr[oa])\s+(?:late\s+|eldest\s+|youngest\s+|older\s+|younger\s+|best\s+|dear\s+)?"
    rf"(?:{RELATIVES})),?\s+(?:(?i:is\s+called|called|named|se\s+llama)\s+)?)({_NAMED}|{_ANY})"
)
_HERE = re.compile(rf"(?:(?<=^)|(?<=[.!?,\n]\s)|(?<=\n))({_NAMED}|{_ANY})(?=\s+(?:here|speaking|aqu[íi])\b)")
_OPENING = re.compile(rf"^({_CAPITAL}{_MORE}{{1,3}})(?=\s*[,(\[\n/|;]|\s+-)")
# A name at the very end, after a farewell or on a line of its own.
_SIGNED = re.compile(
    r"((?i:thanks(?:\s+(?:so\s+much|a\s+lot|again|very\s+much|in\s+advance|a\s+million))?|thank\s+you(?:\s+(?:so\s+much|again|very\s+much))?|thx|ty|"
    r"cheers|(?:(?:kind|best|warm|many)\s+)?regards|best(?:\s+wishes)?|(?:yours\s+)?(?:sincerely|faithfully|truly)|yours|love|xx+|"
    r"(?:un\s+)?saludos?|(?:muchas\s+)?gracias|atentamente|cordialmente)[\s,.!:;-]+)"
    rf"(?:(?i:from)\s+)?({_NAMED}|{_ANY}(?:\s{_ANY})?)[\s.!x]*$"
)
_LAST_LINE = re.compile(rf"(\n[\s–~-]*)({_NAMED})[\s.!x]*$")
_KNOWN = re.compile(rf"\b{_CAPITAL}{_MORE}{{0,3}}")
# An introduction after which nothing was settled.
_UNSETTLED = re.compile(r"\b(?:my\s+(?:full\s+)?name(?:'s|\s+is)|me\s+llamo|mi\s+nombre\s+es)\s+(?!\[)([\w'-]+)", re.IGNORECASE)
# Within a sentence, where no capital letter belongs; not "XR", nor what stands in brackets.
_PAIR = re.compile(r"(?<=[\w,;:)\]'’]\s)(?<![.!?]\s)([A-ZÀ-ÖØ-Þ][a-zß-ÿ]{2,})\s(?=([A-ZÀ-ÖØ-Þ][\w'’-]*[a-zß-ÿ]{2,}))")
_DENIED = frozenset("not on in the a an what in spelt spelled wrong there mentioned being already under la el así still".split())


def hide_names(text: str) -> str:
    letters = [char for char in text if char.isalpha()]
    if sum(map(str.isupper, letters)) > _SHOUTED * len(letters):
        text = text.lower()  # capitals tell nothing where all are
    text = _SURE.sub(_named_in_any_case, text)
    text = _BEGINNING.sub(_beginning, text)
    for pattern in (_TITLED, _ASKED, _SIGNED, _LAST_LINE):
        text = pattern.sub(_titled, text)
    for pattern in (_KIN, _GREETED, _LIKELY):
        text = pattern.sub(_named, text)
    text = _HERE.sub(_here, text)
    text = _OPENING.sub(lambda found: _whole(found.group(1)), text)
    text = _KNOWN.sub(_known, text)
    return re.sub(rf"{re.escape(NAME)}(?:\s+{re.escape(NAME)})+", NAME, text)


def leaves_a_name(text: str) -> bool:
    """Whether somebody said what they are called, or two words in capitals stand together, and no rule settled what that is."""
    if any(not (_is_word(found[1]) or _is_word(found[2])) for found in _PAIR.finditer(text)):
        return True
    return any(found.group(1).lower() not in _DENIED for found in _UNSETTLED.finditer(text))


def _named_in_any_case(found: re.Match[str]) -> str:
    """The words after a sure introduction up to one that no name has."""
    before, words = found.group(1), found.group(2).split(" ")
    taken = 0
    while taken < len(words) and not _ends_a_name(words[taken], taken):
        taken += 1
    gap = found.group()[len(before) : found.start(2) - found.start()]
    return f"{before}{gap}{NAME}{''.join(' ' + word for word in words[taken:])}" if taken else found.group()


def _ends_a_name(word: str, at: int) -> bool:
    if word[0].isupper() or (at == 1 and _plain(word) in OF_PLACES - ORDINARY):
        return _plain(word) in ORDINARY
    return at >= _MOST_WORDS or _is_word(word, endings=False)


def _named(found: re.Match[str]) -> str:
    """What stands in place of an introduction and the words after it."""
    return found.group(1) + _whole(found.group(2)) + found.group()[found.end(2) - found.start() :]


def _titled(found: re.Match[str]) -> str:
    return found.group(1) + _whole(found.group(2), endings=False)


def _beginning(found: re.Match[str]) -> str:
    words = found.group(2).split()
    if _is_word(words[0]):
        return found.group()
    return found.group(1) + " ".join([NAME, *(word for word in words[1:] if _is_word(word))])


def _here(found: re.Match[str]) -> str:
    """Before "here" stands a name, or what somebody is: "Husband here"."""
    words = found.group(1)
    is_role = " " not in words and _plain(words) not in GIVEN and _ROLE.fullmatch(words)
    return words if is_role else _whole(words)


def _whole(words: str, *, endings: bool = True) -> str:
    """The mark, for words that are a name; those behind it that are none stay."""
    parts = words.split()
    if not parts[0][0].isupper():
        return f"{NAME}{words[len(parts[0]) :]}" if _plain(parts[0]) in GIVEN else words
    if _is_word(parts[0], endings=endings):
        return words
    return _marked(parts, 0)


def _known(found: re.Match[str]) -> str:
    """A given name among words with capital letters, and the family's name behind it."""
    parts = found.group().split()
    at = next((at for at, part in enumerate(parts) if _plain(part) in GIVEN), None)
    return found.group() if at is None else _marked(parts, at)


def _marked(parts: list[str], at: int) -> str:
    """``parts`` with the mark in place of the name that begins ``at``."""
    end = next((i for i, part in enumerate(parts) if i > at and part[0].isupper() and _plain(part) in ORDINARY), len(parts))
    dot = "." if parts[end - 1].endswith(".") and len(parts[end - 1]) > 2 else ""
    return " ".join([*parts[:at], NAME + dot, *parts[end:]])


def _plain(part: str) -> str:
    return re.sub(r"['’]s$", "", part.strip(".,").lower())


def _is_word(part: str, *, endings: bool = True) -> bool:
    """Whether it is an ordinary word; ``endings``: also one that ends as an adjective does."""
    word = _plain(part)
    if word in GIVEN:
        return False
    known = {word, part.strip(".,").lower()}
    return (
        not known.isdisjoint(ORDINARY)
        or not known.isdisjoint(OF_PLACES)
        or (endings and len(word) > 4 and word.endswith(ENDINGS))
    )
