"""The clinic's page as browsers, mail scanners and strangers meet it."""

from __future__ import annotations

import httpx
import pytest

from bot.channels.channel import Shared
from bot.channels.clinic_page.access import ROLES, Role
from bot.channels.clinic_page.access.guard import COOKIE
from bot.channels.clinic_page.settings import ClinicPageSettings
from bot.delivery.storage import StorageError
from bot.dialogue.policy import Dialogue
from tests.channels.clinic_page.conftest import Page, csrf_of, of_clinic, page_of

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_opening_a_link_uses_nothing_up_and_its_button_does(page: Page) -> None:
    secret = await page.sessions.link("viewer", "Eva")
    client = await page.browser()
    for method in ("GET", "HEAD", "GET"):
        opened = await client.request(method, "/clinic/enter", params={"link": secret})
        assert opened.status_code == 200
        assert "set-cookie" not in opened.headers
    entered = await page.enter(client, secret)
    assert (entered.status_code, entered.headers["location"]) == (303, "./")
    assert (await page.enter(await page.browser(), secret)).status_code == 403, "replayed"
    assert [line.what for line in await page.sessions.lines()] == ["sign-in refused", "signed in"]


async def test_the_cookie_is_for_this_page_alone(page: Page) -> None:
    client = await page.browser("viewer")
    (cookie,) = client.cookies.jar
    assert (cookie.name, cookie.path, cookie.secure) == (COOKIE, "/clinic", True)
    entered = await page.enter(await page.browser(), await page.sessions.link("viewer", "Eva"))
    attributes = {part.strip().lower() for part in entered.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "secure", "path=/clinic"} <= attributes


@pytest.mark.parametrize(
    ("origin", "secure"),
    [
        ("http://127.0.0.1:8080", False),
        ("http://localhost:8080", False),
        ("http://[::1]:8080", False),
        ("https://127.0.0.1", True),
        ("http://clinic.test", True),
        ("http://localhost.clinic.test", True),
    ],
)
async def test_only_a_browser_on_this_machine_keeps_the_session_without_tls(shared: Shared, origin: str, secure: bool) -> None:
    async with page_of(shared, origin=origin) as page:
        entered = await page.enter(await page.browser(), await page.sessions.link("viewer", "Eva"))
        assert entered.status_code == 303
        assert ("secure" in entered.headers["set-cookie"].lower()) is secure


async def test_who_is_not_signed_in_is_told_how_and_sees_nothing(page: Page) -> None:
    client = await page.browser()
    for path in ("", "audit", "nothing", "audit?csv=log", "a/b/c"):
        answer = await client.get(f"/clinic/{path}")
        assert answer.status_code == 401
        assert "Not signed in" in answer.text
    assert (await client.get("/clinic")).headers["location"] == "clinic/"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["", "enter", "audit", "leave", "static/page.css", "no"])
async def test_every_answer_says_what_a_browser_may_do_with_it(page: Page, path: str, method: str) -> None:
    answer = await (await page.browser("staff")).request(method, f"/clinic/{path}")
    if answer.status_code == 405:
        return
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == ("no-cache" if path.startswith("static") else "no-store")


@pytest.mark.parametrize("role", ROLES)
async def test_a_view_is_for_its_role_and_those_above(page: Page, role: Role) -> None:
    client = await page.browser(role)
    answer = await client.get("/clinic/audit")
    assert answer.status_code == (200 if role == "staff" else 403)
    assert ('href="./audit"' in answer.text) is (role == "staff")
    noted = [(line.who, line.what, line.detail) for line in await page.sessions.lines()]
    assert noted[:-1] == ([] if role == "staff" else [("Eva", "may not see it", "Log")])


async def test_who_signs_out_is_out_wherever_the_cookie_is(page: Page) -> None:
    client = await page.browser("staff")
    kept = client.cookies[COOKIE]
    left = await client.post("/clinic/leave", data={"csrf": csrf_of(await client.get("/clinic/audit"))})
    assert left.headers["location"] == "enter"
    assert COOKIE not in client.cookies
    again = await client.get("/clinic/audit", headers={"Cookie": f"{COOKIE}={kept}"})
    assert again.status_code == 401


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"Origin": "https://evil.test"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "https://clinic.test.evil.test"}, True),
        ({"Origin": "https://clinic.test:444"}, True),
        ({"Origin": ""}, True),
        ({"Origin": "https://["}, True),
        ({"Origin": None, "Sec-Fetch-Site": "cross-site"}, True),
        ({"Origin": None}, True),
        ({}, False),
    ],
    ids=str,
)
async def test_a_form_of_another_site_does_nothing(page: Page, headers: dict[str, str | None], token: bool) -> None:
    client = await page.browser("staff")
    csrf = csrf_of(await client.get("/clinic/audit")) if token else "0" * 64
    if headers:
        del client.headers["Origin"]
    client.headers.update({name: value for name, value in headers.items() if value is not None})
    assert (await client.post("/clinic/leave", data={"csrf": csrf})).status_code == 403
    assert len(await page.sessions.listed()) == 1


async def test_the_token_of_another_session_is_none(page: Page) -> None:
    eva, ned = await page.browser("staff", "Eva"), await page.browser("staff", "Ned")
    csrf = csrf_of(await ned.get("/clinic/audit"))
    assert (await eva.post("/clinic/leave", data={"csrf": csrf})).status_code == 403
    assert (await ned.post("/clinic/leave", data={"csrf": csrf})).status_code == 303


async def test_who_tries_keys_is_stopped_and_the_log_is_not_flooded(page: Page) -> None:
    client = await page.browser()
    tried = [(await page.enter(client, f"{number:043}")).status_code for number in range(60)]
    assert tried == [403] * 10 + [429] * 50
    stopped = await page.enter(client, await page.sessions.link("staff", "Eva"))
    assert stopped.status_code == 429, "also with one that is right"
    assert int(stopped.headers["retry-after"]) > 0
    assert len(await page.sessions.lines()) <= 31


async def test_another_clinics_session_sees_nothing(shared: Shared, sourdough: Dialogue) -> None:
    lake, hill = (of_clinic(shared, name, sourdough) for name in ("lake", "hill"))
    async with page_of(lake) as of_lake, page_of(hill) as of_hill:
        client = await of_lake.browser("staff")
        (cookie,) = client.cookies.jar
        assert cookie.path == "/clinics/lake/clinic"
        assert (await client.get("/clinics/lake/clinic/audit")).status_code == 200
        other = await of_hill.browser()
        other.headers["Cookie"] = f"{COOKIE}={cookie.value}"
        for path in ("", "audit", "audit?csv=log"):
            assert (await other.get(f"/clinics/hill/clinic/{path}")).status_code == 401
        link = await of_lake.sessions.link("staff", "Eva")
        assert (await of_hill.enter(other, link)).status_code == 403


async def test_behind_a_proxy_that_cuts_off_a_path_the_browsers_counts(shared: Shared) -> None:
    settings = ClinicPageSettings(on=True, url="https://out.test/bot/clinic")
    async with page_of(shared, settings, origin="https://inside.test") as page:
        client = await page.browser()
        client.headers["Origin"] = "https://out.test"
        entered = await page.enter(client, await page.sessions.link("viewer", "Eva"))
        assert "path=/bot/clinic;" in entered.headers["set-cookie"].lower() + ";"
        assert entered.headers["location"] == "./"


async def test_a_table_is_had_as_csv_and_that_is_written_down(page: Page) -> None:
    client = await page.browser("staff", "=HYPERLINK(1)")
    answer = await client.get("/clinic/audit", params={"csv": "log"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="default-log-')
    assert answer.content.decode("utf-8-sig").splitlines()[1].split(",")[1:] == ["'=HYPERLINK(1)", "signed in", "staff"]
    assert (await page.sessions.lines())[0].detail == "Log: What was done"
    assert (await client.get("/clinic/audit", params={"csv": "other"})).status_code == 404


async def test_a_form_that_is_too_large_is_refused(page: Page) -> None:
    client = await page.browser()
    assert (await page.enter(client, "x" * 70_000)).status_code == 413
    many = await client.post("/clinic/enter", content="&".join(f"a{number}=1" for number in range(300)), headers=_FORM)
    assert many.status_code == 413


async def test_while_the_store_is_away_the_page_says_so(page: Page, shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await page.browser("viewer")

    async def away(*_: object, **__: object) -> None:
        raise StorageError("gone")

    monkeypatch.setattr(type(shared.storage), "run", away)  # a store that fails between two calls is hard to make
    answer = await client.get("/clinic/")
    assert (answer.status_code, "store is away" in answer.text) == (503, True)


async def test_files_are_kept_by_browsers_under_their_mark(page: Page) -> None:
    client = await page.browser()
    shown = await client.get("/clinic/enter")
    address = next(part for part in shown.text.split('"') if part.startswith("./static/page.css?v="))
    answer: httpx.Response = await client.get(f"/clinic/{address}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert (await client.get("/clinic/static/page.css?v=old")).headers["cache-control"] == "no-cache"
    assert (await client.get("/clinic/static/..%2fapp.py")).status_code == 401, "no file, and nobody is signed in"
