"""Where somebody lives: streets with their numbers, and post codes."""

from __future__ import annotations

import re

from bot.language.redaction.marks import ADDRESS, NUMBER, POSTCODE

# The last three signs of a British post code have no C, I, K, M, O or V, so that no dose in mg or ml looks like one.
_BRITISH = r"[A-PR-UWYZ](?:[A-HK-Y]?\d[A-HJKPSTUW\d]?|\d\d)\s?\d[ABD-HJLNP-UW-Z]{2}"
_CANADIAN = r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][\s-]?\d[ABCEGHJ-NPRSTV-Z]\d"
_EIRCODE = r"(?:[AC-FHKNPRTV-Y]\d{2}|D6W)\s?(?=[A-Z]*\d)[0-9AC-FHKNPRTV-Y]{4}"
_EIRCODE_OF_LETTERS = r"(?:[AC-FHKNPRTV-Y]\d{2}|D6W)\s?[AC-FHKNPRTV-Y]{4}"
_CODES = re.compile(rf"\b(?:{_BRITISH}|{_CANADIAN}|{_EIRCODE})\b", re.IGNORECASE)
_CODES_IN_CAPITALS = re.compile(rf"\b{_EIRCODE_OF_LETTERS}\b")
_STATE = r"A[LKZR]|C[AOT]|DE|DC|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]"
_ZIP = re.compile(rf"\b({_STATE})(,?\s+)\d{{5}}(?:-\d{{4}})?\b")

_TYPE = (
    "street|str|st|avenue|ave|av|road|rd|lane|ln|drive|dr|close|court|ct|crescent|cres|place|pl|boulevard|blvd|square|sq|terrace|ter|"
    "way|grove|gardens?|gdns|park|hill|heights|view|walk|row|mews|parade|circle|cir|highway|hwy|parkway|pkwy|trail|quay|green|rise|"
    "villas|estate|wharf|common|manor|meadows?|wood|loop|alley|plaza|turnpike|pike|crossing"
)
_QUARTER = r"(?:\s(?:NW|NE|SW|SE|N|S|E|W|north|south|east|west)\b\.?)?"
_WORD = r"[A-Z0-9][\w'.’-]*"
_HOUSE = (
    r"(?:\b(?:apt|apartment|flat|unit|suite|no|number)\b\.?\s?#?\w{1,5},?\s+|#\s?\w{1,5},?\s+)?"
    r"\b\d{1,5}[A-Za-z]?\b(?:\s?[-/]\s?\d{1,4})?,?\s+"
)
# "1450 N. Lincoln Blvd", "12 the crescent": capitals, or a number at once before the words that no unit of time or dose follows.
_STREET = re.compile(rf"{_HOUSE}(?:the\s|The\s)?(?:{_WORD}\s+){{0,3}}(?i:{_TYPE})\b(?!\s(?:met|f[eo]+t))\.?{_QUARTER}")
_NO_STREET = (
    "mg|ml|kg|mcg|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|times?|infusions?|sessions?|treatments?|doses?|of|or|and|to|in|on|"
    "at|for|after|before|from|is|are|was|the|a|an|my|your|our|people|per|percent|then|when|can|do|i|it|with|miles?|more|less|other|big|"
    "different|bad|good|pm|am|st|nd|rd|th"
)
_LOWER_STREET = re.compile(
    rf"{_HOUSE}(?!(?:{_NO_STREET})\b)(?:(?!(?:{_NO_STREET})\b)[a-z][\w'.-]*\s+){{1,3}}"
    r"(?:street|st|avenue|ave|road|rd|lane|drive|close|court|crescent|boulevard|blvd|square|terrace|grove|gardens)\b(?!\s(?:met|f[eo]+t))\.?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\b\d{1,5}\s+(?:County|State|Farm|Rural)\s+(?:Road|Rd|Route|Highway|Hwy)\.?\s+\d{1,4}\b", re.IGNORECASE)
# A street by its name alone, in capitals.
_NAMED = re.compile(
    r"\b(?:[A-Z][\w'’-]+\s+){1,3}(?:Street|Road|Avenue|Lane|Crescent|Terrace|Boulevard|Blvd|Close|Grove|Drive|Rd|Ave)\b(?!\s+(?:to|in)\b)\.?"
)
_FRENCH = re.compile(
    r"\b\d{1,5},?\s+(?:rue|boul\.?|boulevard|avenue|av\.?|chemin|place)\s+(?:(?:de|du|des|la|le|l')\s?)*[\w'.-]+(?:\s[A-Z][\w'-]+)*",
    re.IGNORECASE,
)
_SPANISH = re.compile(
    r"(?:\b(?:calle|callej[óo]n|avenida|avda?|plaza|plazuela|pza|paseo|pasaje|pasadizo|camino|carretera|ronda|rambla|traves[íi]a|glorieta|cuesta|"
    r"urbanizaci[óo]n|colonia|calzada|ca[ñn]ada|v[íi]a|vial|acceso|alameda|costanilla|bulevar|privada|jir[óo]n)\b\.?|\bc/|\bc\.(?=\s?de\s))\s*"
    r"(?:(?:de|del|la|las|los|el)\s+)*[\w'-]+(?:\s+(?:(?:de|del|la|las|los|y)\s+)*[^\W\d_][\w'-]*){0,4}?"
    r",?\s+(?:n[º°.úu]m?(?:ero)?\.?\s?)?\d{1,4}\b[A-Za-z]?",
    re.IGNORECASE,
)
_SPANISH_FLOOR = (
    r"(?:,?\s*(?:\d{1,2}\s?[ºª°oa]\b(?:\s?(?:izda|dcha|[A-Ha-h])\b)?|"
    r"(?i:piso\s\w+|puerta\s\w+)|bajo\b|[áa]tico\b|esc\w*\.?\s\w+|izda\b|dcha\b))"
)
_BOX = re.compile(r"\bP\.?\s?O\.?\s?Box\s+\d+|\bapartado(?:\s+de\s+correos)?\s+\d+", re.IGNORECASE)
_FLAT = re.compile(
    rf"\b(?:apt|apartment|flat|unit|suite)\b\.?\s?#?\d{{1,4}}[A-Za-z]?,?\s*(?={re.escape(ADDRESS)})", re.IGNORECASE
)
# What follows an address and belongs to it: a flat, a town, a state, a code.
_TOWN = r"[A-Z][\w'’-]*(?:\s(?:[A-Z][\w'’-]*|upon|on|de|la|el))*(?:\s\d{1,2}\b(?!\d))?"
_AFTER = re.compile(
    rf"{re.escape(ADDRESS)}(?:{_SPANISH_FLOOR}"
    rf"|,?\s*(?:(?i:apt|apartment|flat|unit|suite|ste|floor)\b\.?\s?#?\w{{1,5}}|#\s?\w{{1,5}})"
    rf"|,?\s*(?:{re.escape(POSTCODE)}|{re.escape(NUMBER)}|\d{{4,5}}(?:-\d{{4}})?\b)(?:\s{_TOWN})?"
    rf"|,\s*(?:Co\.\s?)?{_TOWN}"
    rf"|\s+{_TOWN}(?=,|\s+(?:\[|\d{{5}})|\s*$))*"
)


def hide_postcodes(text: str) -> str:
    text = _CODES_IN_CAPITALS.sub(POSTCODE, _CODES.sub(POSTCODE, text))
    return _ZIP.sub(rf"\1\2{POSTCODE}", text)


def hide_addresses(text: str) -> str:
    """Streets, with the flat, the town and the code that follow them."""
    for pattern in (_BOX, _SPANISH, _FRENCH, _NUMBERED, _STREET, _LOWER_STREET, _NAMED):
        text = pattern.sub(ADDRESS, text)
    return _AFTER.sub(ADDRESS, _FLAT.sub("", text))


# A code behind a town, or a number in a place that is spoken of: what stands before it was an address that no rule read.
_BEFORE_A_CODE = re.compile(
    rf"(?:\b[A-ZÀ-ÖØ-Þ][\w'’-]*|\[name\]|\d),?\s*,?\s(?:[A-Z]{{2}},?\s)?(?:{re.escape(POSTCODE)}|(?<=,\s){re.escape(NUMBER)})"
)
_ADDRESSED = re.compile(
    r"\b(?:address(?:es)?|direcci[óo]n|domicilio|liv(?:e|es|ed|ing)\s+(?:at|in|on)|moved\s+to|vivo\s+en|meet\s+(?:me|us)\s+at|taxi\s+to|"
    r"(?:sent|send|post|deliver(?:ed)?|come|drive)\s+(?:it\s+|them\s+)?to|pick\s+(?:me|us|him|her)\s+up\s+(?:at|from))\s+(?:is\s+|to\s+|at\s+|:\s*)*"
    r"(?:\d|\[number\]|\[name\])",
    re.IGNORECASE,
)


def leaves_an_address(text: str) -> bool:
    """Whether somebody seems to have told where they live, and no rule settled how far that goes."""
    return bool(_BEFORE_A_CODE.search(text) or _ADDRESSED.search(text))
