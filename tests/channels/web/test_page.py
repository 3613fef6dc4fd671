"""The page and the script as they are served: what stands in them, and the headers around them."""

from __future__ import annotations

import gzip
import html
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels.rendering import offered
from bot.channels.web.files import STATIC
from bot.channels.web.page import Pages, routes, site_of
from bot.dialogue.policy import Dialogue
from bot.dialogue.replies import Composer
from bot.knowledge.model import Knowledge

ORIGINS = ("https://clinic.example", "https://*.group.example", "http://127.0.0.1:8000")


def pages(knowledge: Knowledge, **clinic: Any) -> Pages:
    changed = replace(knowledge, clinic=replace(knowledge.clinic, **clinic))
    questions = {topic.id: topic.question for topic in changed.topics}
    return Pages(
        Composer(changed).say, "lake", changed.clinic, 24, questions, ("infusion_length", "driving"), ORIGINS, offered(knowledge)
    )


async def get(made: Pages, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=routes(lambda: site_of(made), made.origins)))
    sent = {"accept-encoding": "identity", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        return await client.get(path, headers=sent)


def setup_of(page: str) -> dict[str, Any]:
    found = re.search(r"data-setup='([^']*)'", page)
    assert found is not None
    told: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    return told


async def test_the_page_lets_nothing_in_and_only_the_list_around_it(knowledge: Knowledge) -> None:
    answer = await get(pages(knowledge), "/")
    policy = dict(line.strip().partition(" ")[::2] for line in answer.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "font-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
        "frame-ancestors": "'self' https://clinic.example http://127.0.0.1:8000",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("query", ["", "&clinic=another"], ids=["chat", "no-chat"])
@pytest.mark.parametrize(
    ("origin", "named"),
    [
        pytest.param("https://a.group.example", ["https://a.group.example"], id="right-below"),
        pytest.param("https://A.group.example", ["https://a.group.example"], id="in-capitals"),
        pytest.param("https://a.b.group.example", [], id="deeper"),
        pytest.param("https://group.example", [], id="itself"),
        pytest.param("https://a.group.example https://evil.example", [], id="two"),
        pytest.param("https://a.group.example; script-src *", [], id="more-of-a-policy"),
        pytest.param("https://*.group.example", [], id="all"),
        pytest.param("https://clinic.example", [], id="named-anyway"),
    ],
)
async def test_a_site_of_many_may_embed_the_page_by_its_own_name(
    knowledge: Knowledge, origin: str, named: list[str], query: str
) -> None:
    """A browser takes ``*`` in a policy for names of any depth."""
    answer = await get(pages(knowledge), f"/?embedded=1&origin={quote(origin)}{query}")
    around = answer.headers["content-security-policy"].partition("frame-ancestors ")[2].split()
    assert around == ["'self'", "https://clinic.example", "http://127.0.0.1:8000", *named]


async def test_a_page_is_known_by_its_tag(knowledge: Knowledge) -> None:
    tag = (await get(pages(knowledge), "/")).headers["etag"]
    assert [(await get(pages(knowledge), "/", if_none_match=one)).status_code for one in (tag, f"W/{tag}", '"x"')] == [
        304,
        304,
        200,
    ]


async def test_a_page_that_nobody_may_embed_is_for_itself(knowledge: Knowledge) -> None:
    answer = await get(replace(pages(knowledge), origins=()), "/")
    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'self'")


async def test_all_slots_of_the_page_are_filled_and_escaped(knowledge: Knowledge) -> None:
    name = "A & B {setup} {name} <i>\"'"
    page = (await get(pages(knowledge, name=name, languages=("en",)), "/")).text
    assert f"<h1>{html.escape(name)}</h1>" in page
    assert '<html lang="en">' in page
    left = set(re.findall(r"\{[a-z_]+\}", page)) - {"{setup}", "{name}", "{number}"}
    assert left == set()
    assert "<i>" not in page
    assert page.count("<script") == 1
    assert " style=" not in page
    assert "<style" not in page


async def test_a_clinic_without_a_name_is_called_by_what_it_answers(knowledge: Knowledge) -> None:
    page = (await get(pages(knowledge), "/")).text
    assert "<h1>Questions about ketamine infusions</h1>" in page
    assert "<title>Questions about ketamine infusions</title>" in page
    assert "  " not in setup_of(page)["words"]["gone"]


async def test_the_examples_are_buttons(knowledge: Knowledge) -> None:
    page = (await get(pages(knowledge), "/")).text
    assert re.findall(r'data-choice="(\w+)"', page) == ["infusion_length", "driving"]


@pytest.mark.parametrize(
    ("origin", "parent"),
    [
        ("https://clinic.example", "https://clinic.example"),
        ("HTTPS://Clinic.Example", "https://clinic.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://a.group.example", "https://a.group.example"),
        ("https://group.example", None),
        ("https://evilgroup.example", None),
        ("http://clinic.example", None),
        ("https://clinic.example.evil.example", None),
        ("https://clinic.example:8443", None),
        ("null", None),
        ("*", None),
        ("", None),
    ],
)
async def test_only_a_site_of_the_list_is_spoken_to(knowledge: Knowledge, origin: str, parent: str | None) -> None:
    page = (await get(pages(knowledge), f"/?embedded=1&origin={origin}")).text
    assert setup_of(page)["parent"] == parent
    assert setup_of(page)["embedded"] is True


@pytest.mark.parametrize(
    ("topic", "told"),
    [("driving", {"id": "driving", "label": "When can I drive again?"}), ("nothing", None), ("<script>", None)],
)
async def test_a_topic_to_begin_with_is_one_that_there_is(knowledge: Knowledge, topic: str, told: object) -> None:
    assert setup_of((await get(pages(knowledge), f"/?topic={topic}")).text)["topic"] == told


async def test_no_clinic_is_shown_as_another(knowledge: Knowledge) -> None:
    assert (await get(pages(knowledge), "/?clinic=lake")).status_code == 200
    answer = await get(pages(knowledge), "/?clinic=elsewhere")
    assert answer.status_code == 404
    assert "no chat for this clinic" in answer.text
    assert "elsewhere" not in answer.text
    assert "script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("emergency", "call"),
    [
        ("911", {"label": "Call 911", "href": "tel:911"}),
        ("112 (call)", {"label": "Call 112", "href": "tel:112"}),
        ("the front desk", None),
    ],
)
async def test_the_emergency_number_can_be_called_without_the_server(knowledge: Knowledge, emergency: str, call: object) -> None:
    assert setup_of((await get(pages(knowledge, emergency=emergency), "/")).text)["call"] == call


def told_in(script: str) -> dict[str, Any]:
    line = next(line for line in script.splitlines() if "const told" in line)
    told: dict[str, Any] = json.loads(line.partition("= ")[2].rstrip(";"))
    return told


async def test_the_script_is_for_all_sites_and_holds_its_words(knowledge: Knowledge) -> None:
    answer = await get(pages(knowledge, contact='Call "us" </script>  now'), "/widget.js")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=300"
    told = told_in(answer.text)
    assert (told["clinic"], told["language"]) == ("lake", "en")
    allowed = re.compile(told["sites"])
    asked = ("https://clinic.example", "https://a.group.example", "https://b.example")
    assert [bool(allowed.fullmatch(site)) for site in asked] == [True, True, False]
    assert 'Call "us" </script> now' in told["widget_gone"]


@pytest.mark.parametrize("path", ["/", "/widget.js", "/web/chat.js", "/web/chat.css", "/web/icon.svg"])
async def test_what_a_browser_has_is_not_sent_again(knowledge: Knowledge, path: str) -> None:
    made = pages(knowledge)
    plain = await get(made, path)
    packed = await get(made, path, accept_encoding="gzip")
    assert packed.text == plain.text
    assert "accept-encoding" in plain.headers["vary"].lower()
    for answer, encoding in ((plain, "identity"), (packed, "gzip")):
        again = await get(made, path, accept_encoding=encoding, if_none_match=f'"other", W/{answer.headers["etag"]}')
        assert again.status_code == 304
        assert again.content == b""
        for name in ("etag", "cache-control", "vary", "content-security-policy"):
            assert again.headers.get(name) == answer.headers.get(name), "what is kept takes its headers from here"
    assert (await get(made, path, if_none_match='"other"')).status_code == 200


async def test_files_last_only_under_their_own_mark(knowledge: Knowledge) -> None:
    made = pages(knowledge)
    marked = re.findall(r'(?:href|src)="(web/[^"]+)"', (await get(made, "/")).text)
    assert len(marked) >= 3
    for path in marked:
        assert "immutable" in (await get(made, f"/{path}")).headers["cache-control"]
        assert (await get(made, f"/{path}0")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/web/chat.html", "/web/widget.js", "/web/../page.py", "/web/%2e%2e%2fpage.py", "/web/none"])
async def test_nothing_else_is_served(knowledge: Knowledge, path: str) -> None:
    assert (await get(pages(knowledge), path)).status_code == 404


_OF_PAGE = ("/web/chat.js", "/web/chat.css", "/web/icon.svg")


@pytest.mark.parametrize("staffed", [False, True])
async def test_it_is_small(knowledge: Knowledge, staffed: bool) -> None:
    made = replace(pages(knowledge), staffed=staffed)
    sizes = {path: len((await get(made, path)).content) for path in ("/", *_OF_PAGE, "/widget.js")}
    packed = {path: len(gzip.compress((await get(made, path)).content)) for path in sizes}
    # What a phone on a slow connection has in half a second.
    assert sum(size for path, size in sizes.items() if path != "/widget.js") <= 40 * 1024
    assert sum(size for path, size in packed.items() if path != "/widget.js") <= 14 * 1024
    assert sizes["/widget.js"] <= 14 * 1024
    assert packed["/widget.js"] <= 5 * 1024


async def test_what_the_staff_need_is_loaded_by_who_asks_for_them(knowledge: Knowledge) -> None:
    plain, made = pages(knowledge), replace(pages(knowledge, name='Lake "side" </script>'), staffed=True)
    assert (await get(plain, "/web/staff.js")).status_code == 404
    script = await get(made, "/web/staff.js")
    assert script.headers["cache-control"] == "no-cache"  # the page of an older release asks for it, too
    told = json.loads(script.text.partition("const words = ")[2].partition(";\n")[0])
    assert told["clinic"] == 'Lake "side" </script>'
    assert (await get(made, f"/{told['css']}")).headers["content-type"] == "text/css; charset=utf-8"
    assert len(gzip.compress(script.content)) <= 4 * 1024


@pytest.mark.parametrize("name", ["chat.js", "widget.js"])
async def test_a_file_is_sent_without_its_comments_and_with_its_lines(knowledge: Knowledge, name: str) -> None:
    sent = (await get(pages(knowledge), "/widget.js" if name == "widget.js" else f"/web/{name}")).text.split("\n")
    written = (STATIC / name).read_text("utf-8").split("\n")
    assert len(sent) == len(written)
    for own, line in zip(sent, written, strict=True):
        code = "" if line.strip().startswith("//") else line.strip()
        code = next((code.split(end + " // ")[0] + end for end in ";{" if end + " // " in code), code)
        spaced = re.sub(r"(?<=[;:,{}]) +| +(?={)", "", code)
        assert "TOLD" in line or own in {code, spaced}


@pytest.mark.parametrize(
    ("theme", "sheet", "scheme"),
    [
        ("", "chat.css", "light dark"),
        ("auto", "chat.css", "light dark"),
        ("light", "chat-light.css", "light"),
        ("dark", "chat-dark.css", "dark"),
        ('"><script>', "chat.css", "light dark"),
    ],
)
async def test_a_site_may_choose_between_light_and_dark(knowledge: Knowledge, theme: str, sheet: str, scheme: str) -> None:
    page = (await get(pages(knowledge), f"/?theme={quote(theme)}")).text
    address = re.search(r'rel="stylesheet" href="(web/([^"?]+)[^"]*)"', page)
    assert address is not None
    assert address.group(2) == sheet
    assert f'<meta name="color-scheme" content="{scheme}">' in page
    sent = (await get(pages(knowledge), f"/{address.group(1)}")).text
    assert ("prefers-color-scheme" in sent) is (scheme == "light dark")


@pytest.mark.parametrize(
    ("language", "told"),
    [("es", "es"), ("ES-mx", "es"), ("en", None), ("xx", None), ("<i>", None), ("", None)],
)
async def test_who_speaks_another_language_is_told_so_first(knowledge: Knowledge, language: str, told: str | None) -> None:
    made = replace(pages(knowledge), foreign={"es": "Por ahora solo en inglés."})
    setup = setup_of((await get(made, f"/?language={quote(language)}")).text)
    assert setup["foreign"] == ({"language": told, "text": "Por ahora solo en inglés."} if told else None)


async def test_the_clinics_picture_stands_in_the_head_and_has_no_rights(knowledge: Knowledge) -> None:
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    made = replace(pages(knowledge), logo=("logo.svg", drawn))
    address = re.search(r'class="mark own" src="([^"]+)"', (await get(made, "/")).text)
    assert address is not None
    answer = await get(made, f"/{address.group(1)}")
    assert answer.content == drawn
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert (await get(pages(knowledge), "/web/logo.svg")).status_code == 404


@pytest.mark.parametrize(("kind", "media"), [("png", "image/png"), ("jpg", "image/jpeg"), ("webp", "image/webp")])
async def test_a_picture_is_served_as_what_it_is(knowledge: Knowledge, kind: str, media: str) -> None:
    answer = await get(replace(pages(knowledge), logo=(f"logo.{kind}", b"pixels")), f"/web/logo.{kind}")
    assert (answer.content, answer.headers["content-type"]) == (b"pixels", media)


async def test_the_widget_names_the_clinic(knowledge: Knowledge) -> None:
    named = replace(pages(knowledge), clinic=replace(knowledge.clinic, name="The Lake"))
    assert "· The Lake" in (await get(named, "/widget.js")).text
    assert "·" not in (await get(pages(knowledge), "/widget.js")).text


async def test_nobody_is_said_to_have_reviewed_what_nobody_signed(knowledge: Knowledge) -> None:
    assert [entry.id for entry in knowledge.entries.values() if entry.reviewed] == []
    for path in ("/", "/widget.js"):
        assert not re.search(r"\breview", html.unescape((await get(pages(knowledge), path)).text), re.IGNORECASE)


async def test_the_menu_offers_what_there_is(knowledge: Knowledge, sourdough: Dialogue) -> None:
    shown = (await get(pages(knowledge), "/")).text
    assert re.findall(r'data-do="(\w+)"', shown) == ["topics", "timeline", "aftercare", "privacy", "startOver"]
    other = replace(pages(knowledge), offered=offered(sourdough.knowledge))
    assert re.findall(r'data-do="(\w+)"', (await get(other, "/")).text) == ["topics", "privacy", "startOver"]


async def test_the_sheet_is_sent_without_its_comments_and_says_the_same(knowledge: Knowledge) -> None:
    sent = (await get(pages(knowledge), "/web/chat.css")).text
    written = re.sub(r"^\s*/\*.*\*/$", "", (STATIC / "chat.css").read_text("utf-8"), flags=re.MULTILINE)
    bare = re.compile(r"\s+|;(?=\s*\})")
    assert "/*" not in sent
    assert "\n" not in sent
    assert bare.sub("", sent) == bare.sub("", written)
    inner = re.compile(r"[^\s:;,{}](?= +[^\s{}])")  # the blanks that mean something: between the words of a value or a selector
    assert inner.findall(sent) == inner.findall(written)


async def test_the_colour_is_the_clinics_where_the_site_chooses_none(knowledge: Knowledge) -> None:
    made = pages(knowledge, colour="#7a1f5c")
    colours = [setup_of((await get(made, path)).text)["colours"] for path in ("/", "/?colour=%23175b66")]
    assert [one["accent-light"] for one in colours] == ["#7a1f5c", "#175b66"]
    assert '"colour":"#7a1f5c"' in (await get(made, "/widget.js")).text
    assert setup_of((await get(pages(knowledge), "/")).text)["colours"] is None
