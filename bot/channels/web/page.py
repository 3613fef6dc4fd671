"""The chat's page, the script that puts it on a clinic's site, and the files that they need; each made once, as bytes.

What a person reads comes from the knowledge. The page carries the words that its script needs in one data attribute: so there is
one rule of escaping for all of it, and no script element but the one that is loaded.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.rendering import contact_numbers, phone_numbers
from bot.channels.web.api.access import sites
from bot.channels.web.api.fields import LONGEST
from bot.channels.web.colours import accents
from bot.channels.web.files import HEADERS, SHEETS, STATIC, StaticFile, address, lean, made_file, send, served
from bot.knowledge.messages import fill
from bot.knowledge.overlay.clinic import Clinic

# What the script does, and what that is called.
_MENU = {
    "topics": "menu_topics",
    "timeline": "menu_timeline",
    "aftercare": "menu_aftercare",
    "privacy": "menu_privacy",
    "startOver": "menu_start_over",
}
# Nothing is loaded but the page's own files, and no string becomes markup or code.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'none'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'self'"
)


# Opened by itself, a picture that somebody drew has no more rights than any other.
_DRAWN = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
# The script of the chat with the staff, with its words in it.
STAFF = "staff.js"


@dataclass(frozen=True, slots=True)
class Pages:
    """What the page is made of. ``id`` names the clinic's file; ``say`` is the composer's; ``hours``: how long is remembered.

    ``questions`` are those of all topics, by their ids; ``examples`` are ids of some. ``origins`` may embed the page; one that
    begins with ``*.`` behind its scheme stands for all names right below it. ``offered``: see ``rendering.offered``. ``foreign``:
    what a person reads first whose language, by its tag, the chat does not speak. ``logo``: name and bytes of the clinic's own.
    ``staffed``: whether the clinic's staff answer in the chat, who ask for them.
    """

    say: Callable[..., str] = field(repr=False)
    id: str
    clinic: Clinic
    hours: int
    questions: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    offered: frozenset[str] = frozenset()
    foreign: Mapping[str, str] = field(default_factory=dict)
    logo: tuple[str, bytes] | None = None
    staffed: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """What is the same for everybody who asks, made of ``pages`` once. ``own``: the clinic's own files, by their names."""

    pages: Pages
    shell: Mapping[str, str]
    words: Mapping[str, str]
    policy: Mapping[str, str]
    no_chat: StaticFile
    script: StaticFile
    own: Mapping[str, StaticFile]


def site_of(pages: Pages) -> Site:
    shell = {**_shell(pages), **_look("")}
    missing = fill((STATIC / "missing.html").read_text("utf-8"), {**shell, **_missing(pages)})
    policy = {**HEADERS, "Content-Security-Policy": " ".join([_POLICY, *(one for one in pages.origins if "*" not in one)])}
    script = made_file(_widget(pages), "widget.js", {"Cross-Origin-Resource-Policy": "cross-origin"})
    own = dict[str, StaticFile]()
    shell["logo"], shell["own"] = shell["svg"], ""
    if pages.logo is not None:
        name, picture = pages.logo
        own[name] = made_file(picture, name, _DRAWN)
        shell["logo"], shell["own"] = f"web/{name}?v={own[name].mark}", " own"
    if pages.staffed:
        own[STAFF] = made_file(_staff(pages), STAFF)
    return Site(pages, shell, _words(pages), policy, made_file(missing.encode(), "missing.html", policy), script, own)


def routes(current: Callable[[], Site], origins: Sequence[str]) -> list[BaseRoute]:
    """The page at ``/``, the script at ``/widget.js``, the files of the page below ``/web/``. ``current``: what holds now."""
    allowed = sites(origins)
    chat = lean("chat.html")

    async def page(request: Request) -> Response:
        site = current()
        if request.query_params.get("clinic", site.pages.id) != site.pages.id:
            return send(request, _framed(site.no_chat, site.pages, allowed, request), "no-cache", 404)
        setup = {**_setup(site.pages, allowed, request.query_params), "words": site.words}
        look = _look(request.query_params.get("theme", ""))
        made = fill(chat, {**site.shell, **look, "setup": _in_quotes(setup)})
        file = made_file(made.encode(), "chat.html", site.policy)
        return send(request, _framed(file, site.pages, allowed, request), "no-cache")

    async def widget(request: Request) -> Response:
        return send(request, current().script, "public, max-age=300")

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        found = current().own.get(name) or served().get(name)
        if found is None:
            return Response("Not Found", 404, media_type="text/plain")
        # While a release rolls out, the old one must not be kept under the new one's mark.
        known = request.query_params.get("v") == found.mark
        return send(request, found, "public, max-age=31536000, immutable" if known else "no-cache")

    return [Route("/", page), Route("/widget.js", widget), Route("/web/{name}", file)]


def _in_quotes(setup: Mapping[str, object]) -> str:
    """JSON as it stands between single quotes: of its own it has double ones alone, and each would take six characters."""
    return html.escape(json.dumps(setup, ensure_ascii=False, separators=(",", ":")), quote=False).replace("'", "&#39;")


def _look(theme: str) -> dict[str, str]:
    """The sheet of a page, and what it tells the browser of its colours before that is there."""
    name, _ = SHEETS.get(theme, SHEETS["auto"])
    return {"css": address(name), "scheme": theme if theme in {"light", "dark"} else "light dark"}


def _framed(file: StaticFile, pages: Pages, allowed: re.Pattern[str], request: Request) -> StaticFile:
    """``file`` for the site that says that it embeds it, if it may by ``*``: in a policy that would be names of any depth."""
    site = request.query_params.get("origin", "").lower()
    if site in pages.origins or not allowed.fullmatch(site):
        return file
    policy = f"{file.headers['Content-Security-Policy']} {site}"
    return replace(file, headers={**file.headers, "Content-Security-Policy": policy})


def _setup(pages: Pages, allowed: re.Pattern[str], query: QueryParams) -> dict[str, object]:
    """What the page's script is told. ``parent``: the site that embeds the page, if it may; no other is spoken to."""
    parent, topic = query.get("origin", "").lower(), query.get("topic", "")
    language = query.get("language", "").lower().partition("-")[0]
    return {
        "clinic": pages.id,
        "parent": parent if allowed.fullmatch(parent) else None,
        "embedded": query.get("embedded") == "1",
        "topic": {"id": topic, "label": pages.questions[topic]} if topic in pages.questions else None,
        "call": _call(pages),
        "numbers": [{"label": call.number, "href": call.href} for call in contact_numbers(pages.clinic)],
        "hours": pages.hours,
        "longest": LONGEST,
        "colours": accents(query.get("colour") or pages.clinic.colour or ""),
        "foreign": {"language": language, "text": pages.foreign[language]} if language in pages.foreign else None,
    }


def _missing(pages: Pages) -> dict[str, str]:
    """What stands on the page of a clinic that is not served here: numbers of the country, and no other clinic's contact."""
    say = pages.say
    numbers = (*phone_numbers(pages.clinic.emergency), *phone_numbers(pages.clinic.crisis))
    calls = {call.href: say("web_text_number" if call.text else "web_call", number=call.number) for call in numbers}
    links = (
        f'<a class="call" href="{html.escape(href)}" target="_top">{html.escape(label)}</a>' for href, label in calls.items()
    )
    return {"chat": html.escape(say("web_title")), "help_now": html.escape(say("help_now")), "calls": "".join(links)}


def _call(pages: Pages) -> dict[str, str] | None:
    """What calls the first emergency number, where there is one."""
    first = next((call for call in phone_numbers(pages.clinic.emergency) if not call.text), None)
    return {"label": pages.say("web_call", number=first.number), "href": first.href} if first else None


def _words(pages: Pages) -> dict[str, str]:
    """What the page's script says, by the keys that it knows."""
    say = pages.say
    keys = (
        "web_answer",
        "web_busy",
        "web_choices",
        "web_copied",
        "web_copy",
        "web_feedback",
        "web_gone",
        "web_menu_aftercare",
        "web_menu_start_over",
        "web_menu_timeline",
        "web_menu_topics",
        "web_note",
        "web_offline",
        "web_opens",
        "web_related",
        "web_source",
        "web_started_over",
        "web_thanks",
        "web_timeline_words",
        "web_topics",
        "web_try_again",
        "web_typing",
        "web_undo",
        "web_unsent",
        "web_urgent",
        "web_urgent_spanish",
        "web_why",
        "web_you",
    )
    words = {key.removeprefix("web_"): _tidy(say(key)) for key in keys}
    buttons = (
        "button_helped",
        "button_not_helped",
        "button_wrong",
        "button_unclear",
        "button_not_asked",
        "button_missing",
        "button_ask_clinic",
        "button_just_now",
        "button_half_an_hour",
        "button_an_hour",
        "button_two_hours",
    )
    words |= {key.removeprefix("button_"): say(key) for key in buttons}
    return {
        **words,
        "apology": say("apology"),
        "call": say("web_call", number="{number}"),
        "disclaimer": say("disclaimer"),
        "timeline_none": say("timeline_none"),
        "too_long": say("web_too_long", limit=f"{LONGEST:,}"),
    }


def _shell(pages: Pages) -> dict[str, str]:
    """What stands in the HTML whoever asks, escaped."""
    say = pages.say
    examples = (
        f'<button type="button" class="chip" data-choice="{html.escape(id)}">{html.escape(pages.questions[id])}</button>'
        for id in pages.examples
    )
    keys = (
        "web_about",
        "web_close",
        "web_emergency",
        "web_examples",
        "web_input",
        "web_log",
        "web_menu",
        "web_menu_aftercare",
        "web_menu_privacy",
        "web_menu_start_over",
        "web_menu_timeline",
        "web_menu_topics",
        "web_no_clinic",
        "web_noscript",
        "web_note",
        "web_send",
        "web_try_again",
        "web_welcome",
    )
    told = {key.removeprefix("web_"): html.escape(_tidy(say(key))) for key in keys}
    lacking = {"timeline", "aftercare"} - pages.offered
    items = (
        f'<li><button type="button" data-do="{act}">{told[entry]}</button></li>'
        for act, entry in _MENU.items()
        if act not in lacking
    )
    return {
        **told,
        "menu_items": "\n      ".join(items),
        "js": address("chat.js"),
        "svg": address("icon.svg"),
        "language": html.escape(pages.clinic.language),
        "title": html.escape(_title(pages)),
        "name": html.escape(pages.clinic.name or say("web_title")),
        "chips": "".join(examples),
    }


def _title(pages: Pages) -> str:
    title, name = pages.say("web_title"), pages.clinic.name
    return title if name is None or name == title else f"{title} · {name}"


def _widget(pages: Pages) -> bytes:
    """The script with its few words, and the clinic that it is for where the host page names none."""
    say = pages.say
    keys = ("web_close", "web_title", "web_try_again", "web_widget_gone", "web_widget_label")
    words = {key.removeprefix("web_"): _tidy(say(key)) for key in keys} | {"title": _title(pages)}
    own = {
        "clinic": pages.id,
        "language": pages.clinic.language,
        "sites": sites(pages.origins).pattern,
        "colour": pages.clinic.colour or "",
    }
    told = json.dumps({**words, **own, "call": _call(pages)}, ensure_ascii=False, separators=(",", ":"))
    return lean("widget.js").replace('"TOLD"', told, 1).encode()


def _staff(pages: Pages) -> bytes:
    """The script of the chat with the clinic's staff, with its words and the address of its sheet."""
    say = pages.say
    keys = (
        "web_staff_claimed",
        "web_staff_from_then",
        "web_staff_leave",
        "web_staff_lost",
        "web_staff_offer",
        "web_staff_only_then",
        "web_staff_open",
        "web_staff_question",
        "web_staff_sending",
        "web_staff_sent",
        "web_staff_stay",
        "web_staff_write",
    )
    words = {key.removeprefix("web_staff_"): _tidy(say(key)) for key in keys}
    words |= {"leave_sure": say("button_end_talk"), "not_now": say("button_not_now")}
    words["clinic"] = pages.clinic.name or say("staff_name")
    told = json.dumps({**words, "css": address("staff.css")}, ensure_ascii=False, separators=(",", ":"))
    return lean(STAFF).replace('"TOLD"', told, 1).encode()


def _tidy(text: str) -> str:
    """Without the gap that a clinic leaves which gave no contact."""
    return re.sub(" {2,}", " ", text).strip()
