"""What is new in an e-mail: without the history that it quotes, the signature, the line that a phone adds. Pure.

Chatwoot tells the whole text, and what it read in the mail beside it: its ``text_content.reply`` is the whole text, too, and what
it calls ``quoted`` was cut by rules that lose own words.

Danger in it is heard, danger in a quote is not: quotes have what the bot itself said of danger. So a line goes only where its
form leaves no doubt that nobody typed it just now, whatever it says; what may be somebody's own words stays. Each line is
looked at a bounded number of times: a letter is as long as who writes it likes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST = 300  # characters of the words above a quote, which some programs fold
_FOLDED = 3  # lines at the most
_BEGINS = re.compile(r"(On|Am|El|Le|Em|Il|Op|Den|W dniu|Dnia|Dne|Pe|Le) ")
_WROTE = re.compile(
    r"\b(wrote|schrieb|escribió|a écrit|escreveu|ha scritto|schreef|skrev|napisał\(a\)|napisał|napsal\(a\)|kirjoitti|scris)\b"
)
_DIGIT = re.compile(r"\d")
# In any language: when and from whom, as nobody types it.
_TIME, _ADDRESS = re.compile(r"\d{1,2}[:.]\d\d"), re.compile(r"<(?!mailto:)[^<>\s]+@[^<>\s]+>")
_DATE = re.compile(r"(?<!\d)20\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d\d")
# Yahoo puts all of it, and what follows, into one line.
_YAHOO = re.compile(r"On (Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*, \w+ \d+, \d{4} at \d+:\d\d[^<>]{0,150}<[^<>\s]+@[^<>\s]+> wrote:")
_FROM = re.compile(r"\*?(From|Von|De|Da|Van|Från|Fra|Od|От|发件人|差出人)\s*:\*?\s*\S")
_BESIDE = re.compile(
    r"\*?(Sent|Date|To|Cc|Subject|Gesendet|Datum|An|Betreff|Enviado(?: el)?|Fecha|Para|CC|Asunto|Envoyé|À|Objet|Inviato|Data|A|"
    r"Oggetto|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne|Sendt|Til|Emne|Wysłano|Do|Temat|Отправлено|Дата|Кому|Тема|发送时间|收件人|"
    r"主题|送信日時|宛先|件名)\s*:\*?\s*\S"
)
_DATE_OR_SUBJECT = re.compile(
    r"\*?(Sent|Date|Subject|Gesendet|Datum|Betreff|Enviado(?: el)?|Fecha|Asunto|Envoyé|Objet|Inviato|Data|Oggetto|Verzonden|"
    r"Onderwerp|Skickat|Ämne|Sendt|Emne|Wysłano|Temat|Отправлено|Дата|Тема|发送时间|主题|送信日時|件名)\s*:"
)
_HEADERS = 6  # lines of a header that are looked at
_DIVIDER = re.compile(
    r"-{2,}\s*(Original Message|Original message|Forwarded message|Ursprüngliche Nachricht|Weitergeleitete Nachricht|"
    r"Mensaje original|Mensaje reenviado|Message d'origine|Message transféré|Messaggio originale|Mensagem original|"
    r"Oorspronkelijk bericht)\s*-{2,}"
)
_FORWARDED = re.compile(r"(Begin forwarded message|Anfang der weitergeleiteten Nachricht|Début du message réexpédié)\s*:")
_RULER = re.compile(r"[_=]{5,}")
_LINK = re.compile(r"<https?://[^<>\s]*>")

# A line of these words alone is one that a program adds.
_SENT = frozenset(
    "sent get gesendet enviado enviada envoyé inviato verzonden verstuurd skickat sendt obtener télécharger".split()
)
_JOINING = frozenset(
    "from via with using my the a an on for to by von meinem mit der dem aus für desde mi con de del para depuis mon ma à partir "
    "da dal mio do meu vanaf vanuit mijn een från min fra pour".split()
)
_THINGS = frozenset(
    "iphone ipad ios apple watch android galaxy samsung outlook yahoo aol mail email e-mail proton protonmail gmail google pixel "
    "blackberry huawei xiaomi redmi motorola moto nokia windows phone mobile smartphone tablet device handy móvil portable spark "
    "tuta tutanota thunderbird gmx web.de secure app ultra max pro plus mini note tab at&t verizon t-mobile sprint lte "
    "network".split()
)
_ADDED = frozenset({"Yahoo Mail: Search, Organize, Conquer"})
_SIGNED = re.compile(r"--\s*")
_SIGNATURE = (8, 400)  # lines and characters at the most
_DASHES = 3  # lines of them at the most in a letter that is signed; with more they part it
_NAME = 6  # words at the most
_PARTICLES = frozenset("van der den de la da do dos di du von zu bin al and und y et of".split())
_REACHED = re.compile(r"\+?\(?\d[\d ()./-]{5,}\d|\S@\S|www\.|\|")
# Who speaks of themselves, or of somebody, does not sign.
_SELF = frozenset(
    "i i'm im i've i'd i'll me myself my mine we us our he she him his her they them yo mi mis ich mich mir mein meine meiner "
    "wir uns er sie je moi mon nous elle eu meu minha io mio mia ik mijn".split()
)
_ANSWERS = re.compile(r"\s*(re|aw|antw|antwort|sv|vs|rv|rif|r|tr|fwd?|wg|enc|odp|ynt)\s*(\[\d+\])?\s*:", re.IGNORECASE)
# Where a program has forgotten to say so in a header.
_AWAY = re.compile(
    r"\s*(automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|automatische antwort|abwesenheitsnotiz|"
    r"respuesta automática|réponse automatique|risposta automatica|resposta automática|automatisch antwoord|undeliverable|"
    r"delivery status notification|mail delivery (?:failed|subsystem))\s*(?:[:：(–—-]|$)",
    re.IGNORECASE,
)


def is_automatic(email: Mapping[str, Any]) -> bool:
    """Whether a program sent it by itself. ``email`` is what Chatwoot read in the mail."""
    headers = email.get("headers")
    told = {str(name).casefold(): str(value).casefold() for name, value in headers.items()} if isinstance(headers, dict) else {}
    subject = email.get("subject")
    return (
        bool(email.get("auto_reply"))
        or told.get("auto-submitted", "no") != "no"
        or told.get("precedence") in {"auto_reply", "bulk", "junk"}
        or told.get("x-autoreply", "no") != "no"
        or (isinstance(subject, str) and _AWAY.match(subject) is not None)
    )


def words_of(content: str, email: Mapping[str, Any]) -> str:
    """What the person wrote: what is new in the text, below the subject of a mail that answers none."""
    body = next((text for part in ("text_content", "html_content") if (text := _reply(email.get(part)))), content)
    subject = email.get("subject")
    own = isinstance(subject, str) and not _ANSWERS.match(subject) and not email.get("in_reply_to")
    return "\n\n".join(text for text in (str(subject).strip() if own else "", new_text(body)) if text)


def _reply(read: object) -> str:
    found = read.get("reply") if isinstance(read, dict) else None
    return found if isinstance(found, str) and found.strip() else ""


def new_text(body: str) -> str:
    """What the writer of ``body`` wrote in it just now; "" where that is nothing."""
    lines = [line.strip() for line in body.replace("’", "'").replace("\xa0", " ").replace("\ufeff", "").splitlines()]
    signs = sum(_SIGNED.fullmatch(line) is not None for line in lines) <= _DASHES
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        # Somebody writes above another letter; where nobody did, its lines may be what they want to be read.
        if _ends_here(lines, at, anything=any(kept)):
            break
        above = _words_above(lines, at)
        if above:
            at += above
            if not _quoted_next(lines, at):
                break  # a quote without marks has no end
        elif line.startswith(">") or _RULER.fullmatch(line) or _is_of_a_program(line):
            at += 1
        elif signs and (signed := _signature(lines, at)):
            at += signed
        else:
            kept.append(line)
            at += 1
    # A mark of a quote alone makes no quote: there is nothing that it answers, nor who wrote it.
    return "\n".join(kept).strip() or ("\n".join(lines).strip() if at == len(lines) else "")


def _ends_here(lines: Sequence[str], at: int, *, anything: bool = True) -> bool:
    """Whether all that follows is another letter. ``anything``: something stands above it."""
    line = lines[at]
    if _DIVIDER.fullmatch(line) or _FORWARDED.fullmatch(line) or _YAHOO.match(line[:_LONGEST]):
        return True
    if not anything or not (_FROM.match(line) or _BESIDE.match(line)):
        return False
    block = [one for one in lines[at : at + 1 + _HEADERS] if _FROM.match(one) or _BESIDE.match(one)]
    return len(block) >= 3 and any(map(_FROM.match, block)) and any(map(_DATE_OR_SUBJECT.match, block))


def _words_above(lines: Sequence[str], at: int) -> int:
    """How many lines from ``at`` on say whom the quote below them is of; 0 where they do not."""
    if len(lines[at]) > _LONGEST:
        return 0
    for more in range(1, _FOLDED + 1):
        said = " ".join(lines[at : at + more])
        if len(said) > _LONGEST:
            return 0
        if said.endswith((":", "：", "--")) and _are_above(said, _quoted_next(lines, at + more)):
            # The line above may begin with the same word, and be somebody's own.
            return 0 if any(_words_above(lines, later) for later in range(at + 1, at + more)) else more
    return 0


def _are_above(said: str, quoted: bool) -> bool:
    if _DATE.search(said) and _TIME.search(said) and _ADDRESS.search(said):
        return not said.endswith("--") or said.startswith("--")
    return quoted and bool(_BEGINS.match(said) and _WROTE.search(said) and _DIGIT.search(said))


def _quoted_next(lines: Sequence[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 3] if line), "")
    return following.startswith(">")


def _is_of_a_program(line: str) -> bool:
    """Whether ``line`` is one like "Sent from my iPhone"."""
    if line in _ADDED:
        return True
    if len(line) > 100 + len("".join(_LINK.findall(line))):
        return False
    words = _LINK.sub("", line).casefold().rstrip(".! ").replace(",", " ").split()
    if not _SENT.intersection(words) or not _THINGS.intersection(words):
        return False
    return all(word in _SENT or word in _JOINING or word in _THINGS or any(map(str.isdigit, word)) for word in words)


def _signature(lines: Sequence[str], at: int) -> int:
    """How many lines from ``at`` on are a signature, with the dashes above it; 0 where they are none."""
    if not _SIGNED.fullmatch(lines[at]):
        return 0
    end = at + 1
    while end < len(lines) and end - at <= 2 * _SIGNATURE[0] and not lines[end].startswith(">"):
        if _ends_here(lines, end) or _words_above(lines, end):
            break
        end += 1
    else:
        if end < len(lines) and not lines[end].startswith(">"):
            return 0
    block = [line for line in lines[at + 1 : end] if line]
    size = sum(map(len, block))
    if len(block) > _SIGNATURE[0] or size > _SIGNATURE[1] or "?" in "".join(block):
        return 0
    words = re.split(r"[^\w']+", " ".join(block).casefold())
    return 0 if _SELF.intersection(words) or (block and not _is_name(block[0])) else end - at


def _is_name(line: str) -> bool:
    """Whether ``line`` can be whom a signature begins with, or how to reach them: no sentence does."""
    words = [word for word in line.split() if not _REACHED.search(word)]
    small = sum(word[0].islower() and word not in _PARTICLES for word in words)
    return small <= 1 if _REACHED.search(line) else len(words) <= _NAME and not small
