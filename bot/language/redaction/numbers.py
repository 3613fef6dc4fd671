"""What is told by digits: telephones, records, dates; and what leads to a place in a network.

Figures of medicine are short, stand by a unit or behind a currency, or are years. Whatever else has five digits is somebody's.
"""

from __future__ import annotations

import re
from functools import partial

from bot.language.redaction.marks import DATE, EMAIL, HANDLE, LINK, NUMBER

_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|"
    "nov|dec|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?!\d)(?:\s?(?:st|nd|rd|th))?"
_YEAR = r"(?:19|20)\d{2}|'?\d{2}"
_NAMED_DAY = rf"(?:{_DAY}[\s.,-]*(?:of\s+|de\s+)?(?:{_MONTH})\b\.?|(?:{_MONTH})\b\.?[\s-]*{_DAY})"
_BIRTH = r"\b(?:born\b|birth\s?(?:day|date)\b|date\s+of\s+birth\b|d\.?\s?o\.?\s?b\b\.?|nac[ií]\w*|nacimiento\b|cumplea[ñn]os\b)"
# Day, month and year in any order, in digits.
_DIGIT_DATE = re.compile(
    r"(?<![\w/.-])(?:\d{1,2}([/.\-])\s?\d{1,2}\1\s?(?:\d{4}|\d{2})|\d{4}([/.\-])\d{1,2}\2\d{1,2})(?![\w/]|[.-]\d)"
)
_WORD_DATE = re.compile(rf"\b{_NAMED_DAY}[\s,]*(?:de\s+|del\s+|of\s+)?(?:(?:19|20)\d{{2}}|'\d{{2}})\b", re.IGNORECASE)
_BIRTHDAY = re.compile(
    rf"({_BIRTH})((?:\W{{0,3}}\b(?:is|was|on|the|es|fue|el|a|date|fecha)\b){{0,3}}\W{{0,3}})"
    rf"(?:{_NAMED_DAY}(?:[\s,]*(?:de\s+)?(?:{_YEAR})\b)?|\d{{1,4}}(?:\s?[/.\-\s]\s?\d{{1,2}}){{1,2}}(?:\d{{2}})?|\d{{6,8}})",
    re.IGNORECASE,
)

_LINK = re.compile(
    r"\b(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)+/\S*|\b[\w-]+\.(?:com|org|net|io|me)\b(?!\.?\w*@)", re.IGNORECASE
)
_EMAIL = re.compile(
    r"[\w.+%'-]+(?:@[A-Za-z][\w-]*|\s?@\s?[A-Za-z][\w-]*(?=\s?\.\s?[a-z]))(?:\s?\.\s?[\w-]+)*"
    r"|\b[\w.+-]+\s*(?:\(at\)|\[at\]|\sat\s|\sarroba\s)\s*[\w-]+\s*(?:\.|\(dot\)|\[dot\]|\sdot\s|\spunto\s)\s*"
    r"(?:com|net|org|ie|es|ca|us|uk|mx|co|edu|gov)\b(?:\s*(?:\.|\sdot\s|\spunto\s)\s*\w{2,3}\b)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<![\w@.])@\s?[A-Za-z_][\w.]+"
    r"|(?<=\b)((?:insta(?:gram)?|snap(?:chat)?|twitter|telegram|tiktok|facebook|fb|skype|signal|discord|user\s?name|handle)"
    r"(?:\s+(?:handle|name|is|me|es))*\s*[:=]?\s+)(?=\w*[\d_.])[\w.]*\w",
    re.IGNORECASE,
)

# What is called a number of somebody's, and the words that may stand between. The value has three digits at the least.
_LABEL = (
    r"ssn|s\.s\.n\.?|social\s+(?:security|insurance)|soc\.?\s+sec\.?|sin|nhs|national\s+insurance|ni|nino|ppsn?|mrn|medical\s+record|"
    r"chart|records?|file|patient|hospital|members?(?:ship)?|policy|insurance|insurer|subscriber|group|claim|account|acct|ref(?:erence)?|"
    r"case|id|identity|passport|licen[cs]e|health\s+card|medical\s+card|ohip|ramq|phn|hcn|chi|medicare|medicaid|mbi|vhi|laya|"
    r"dni|nie|nif|nuss|curp|rfc|imss|cip|sip|tarjeta(?:\s+sanitaria)?|p[óo]liza|historia(?:\s+cl[íi]nica)?|expediente|afiliaci[óo]n|"
    r"seguro(?:\s+social)?|seguridad\s+social|pasaporte|booking|order|invoice|confirmation|pin|zip(?:\s?code)?|post\s?code|postal\s+code|c[óo]digo\s+postal"
    r"|eircode|tel|telephone|phone|mobile|cell|number|n[úu]mero|tel[ée]fono|m[óo]vil"
)
_BETWEEN = r"(?:\W{0,3}\b(?:number|no|num|nr|id|card|is|was|my|es|de|n[úu]mero|ends?|in|plan)\b\.?)"
_UNIT = (
    r"mg|mcg|µg|ug|g|kg|ml|l|lbs?|mmhg|bpm|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|steps|dollars|usd|euros?|eur|pounds|"
    r"gbp|cad|miles|km|calories|kcal|units?|iu|ui|cc|cm|mm|percent|people|patients|d[óo]lares|pesos|pasos|personas|d[íi]as|horas|"
    r"minutos|a[ñn]os|%"
)
# A value of three digits at the least, that is neither a year nor a figure; what is called a number may have blanks in it.
_VALUE = (
    r"(?=(?:[\w/-]*[ .]?){0,4}?\d(?:[\w/-]*[ .-]?){0,2}?\d(?:[\w/-]*[ .-]?){0,2}?\d)(?!(?:19|20)\d{2}(?![ /.-]?\w))"
    rf"(?!\d{{1,5}}(?:[.,]\d+)?\s?(?:{_UNIT}|times?|infusions?|sessions?|treatments?|doses?|sesiones|infusiones)(?!\w))"
    r"(?=[A-Za-z-]{0,6}\d|[A-Z]{1,2} \d)(?:[A-Z]{1,2} )?[\w/-]*\d[\w/-]*(?:[ .-](?=[\w-]*\d)[\w/-]+)*(?: [A-Z]{1,2}\b)?"
)
_RECORD = re.compile(rf"\b({_LABEL})\b(s?{_BETWEEN}{{0,4}}[\s.:#=()º°-]{{0,4}}){_VALUE}", re.IGNORECASE)
# Groups of digits with single signs between them.
_CHAIN = re.compile(r"(?<![\w.,$€£])(?:\+\s?|\b00)?\(?\d(?:[\s().\-‐–/]{0,3}\d)+(?!\d)(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?")
_CODED = re.compile(r"\b(?:cpt|icd|hcpcs|dsm|code|c[óo]digo)[\s:-]*$", re.IGNORECASE)
_YEARS = re.compile(r"(?:19|20)\d{2}[\s\-–/]{1,3}(?:(?:19|20)\d{2}|\d{2})")
_UNIT_AFTER = re.compile(rf"\s?-?(?:{_UNIT})(?!\w)", re.IGNORECASE)
# Letters and digits in one, as of cards and policies; not "1000mg".
_MIXED = re.compile(
    rf"\b(?!\d{{1,5}}(?:{_UNIT}|st|nd|rd|th|s|x|k|am|pm|h)\b)(?=(?:[A-Za-z-]*\d){{4}})(?=[\d-]*[A-Za-z])"
    r"[A-Za-z0-9][A-Za-z0-9-]{4,}\b",
    re.IGNORECASE,
)
_INSURED = re.compile(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.IGNORECASE)  # national insurance
_WORD = (
    r"(?:oh?|zero|one|two|three|four|five|six|seven|eight|nine|double|treble|triple|"
    r"cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)"
)
_SPOKEN = re.compile(rf"\b{_WORD}(?:[\s,.-]+{_WORD}){{5,}}\b", re.IGNORECASE)
_MONEY = re.compile(r"[$€£]\s?$")
_MANY, _FEW = 7, 5  # digits of a telephone's number; of a post code
_LEFT = re.compile(
    r"@(?=\s?[A-Za-z])|\b\d{5,}\b(?!\s?(?:" + _UNIT + r")(?!\w))|https?:|(?<![\w.,:/-])\d{3}[ .-]\d{4}(?![\w.])", re.IGNORECASE
)


def hide_links(text: str) -> str:
    """Links, addresses of mail, names in networks."""
    text = _EMAIL.sub(EMAIL, text)
    text = _LINK.sub(LINK, text)
    return _HANDLE.sub(lambda found: f"{found[1] or ''}{HANDLE}", text)


def hide_dates(text: str) -> str:
    """Days that are told with their year, and birthdays without."""
    text = _BIRTHDAY.sub(rf"\1\2{DATE}", text)
    return _WORD_DATE.sub(DATE, _DIGIT_DATE.sub(DATE, text))


def hide_records(text: str) -> str:
    """What is called a number of somebody's."""
    return _RECORD.sub(rf"\1\2{NUMBER}", text)


def hide_numbers(text: str) -> str:
    """Numbers that nobody calls anything, and are too long to be a figure."""
    text = _CHAIN.sub(partial(_hidden, text), _INSURED.sub(NUMBER, text))
    return _SPOKEN.sub(NUMBER, _MIXED.sub(NUMBER, text))


def _hidden(text: str, found: re.Match[str]) -> str:
    chain = found.group()
    digits = [char for char in chain if char.isdigit()]
    is_run = len(digits) >= _FEW and chain.strip("()+ ").isdigit()
    if len(digits) < _MANY and not is_run:
        return chain
    if _YEARS.fullmatch(chain) or _UNIT_AFTER.match(text, found.end()):
        return chain
    return chain if len(digits) == _FEW and _CODED.search(text[: found.start()]) else NUMBER


def leaves_a_number(text: str) -> bool:
    """Whether something is left that may be somebody's number, and that no rule settled."""
    befores = (text[: found.start()] for found in _LEFT.finditer(text))
    return any(not (_CODED.search(before) or _MONEY.search(before)) for before in befores)
