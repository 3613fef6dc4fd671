"""The site to try the chat on: served where it is asked for, under the policy that the documentation asks of a site."""

from __future__ import annotations

import re

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels.web import example
from bot.channels.web.files import STATIC


async def get(path: str) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=example.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        return await client.get(path)


@pytest.mark.parametrize("page", ["", "visit", "contact"])
async def test_its_pages_lead_to_each_other_and_hold_the_chat(page: str) -> None:
    answer = await get(f"/example/{page}")
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert '<script src="../widget.js"' in answer.text
    for link in re.findall(r'(?:href|src)="(?!\.\./)([^"]+)"', answer.text.replace("&lt;script src=", "")):
        assert (await get(f"/example/{link.removeprefix('./')}")).status_code == 200
    assert not re.search(r"<style|<script>| on[a-z]+=", answer.text), "its policy would not let them in"


@pytest.mark.parametrize("path", ["/example/home.html", "/example/none", "/example/..%2f..%2fpage.py"])
async def test_nothing_else_is_there(path: str) -> None:
    assert (await get(path)).status_code == 404


async def test_without_a_slash_it_is_found() -> None:
    assert (await get("/example")).headers["location"] == "example/"


def test_the_stand_in_is_the_one_of_the_documentation() -> None:
    manual = (STATIC.parents[3] / "docs" / "web.md").read_text("utf-8")
    shown = re.search(r"```js\n(window\.infusionBot.*?)```", manual, re.DOTALL)
    assert shown is not None
    assert shown.group(1) in (STATIC / "example" / "site.js").read_text("utf-8")
