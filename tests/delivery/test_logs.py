"""Logs: one JSON object a line, and in none of them, at no level, what somebody wrote, who it was, or a secret."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx
import pytest
from telegram import Bot
from telegram.error import TelegramError

from bot.channels.telegram.api.transport import AiohttpRequest
from bot.delivery import logs
from bot.delivery.storage import StorageError
from bot.delivery.storage.open import open_storage
from bot.delivery.tracing import begin

CANARY = "zanzibar-canary"
TOKEN = "123456:zanzibar-canary"  # noqa: S105  # opens nothing
LIBRARIES = (
    "httpx httpcore.http11 telegram telegram.Bot telegram.ext.Updater aiohttp aiohttp.access aiohttp.client asyncio tornado"
    " uvicorn uvicorn.error uvicorn.access sqlalchemy.engine sqlalchemy.pool asyncpg alembic PIL.Image"
    " py.warnings something.else botany root"
).split()


@contextmanager
def kept_logging() -> Iterator[None]:
    """Loggers are as they were, afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    known = {
        name: (one.handlers[:], one.level, one.propagate, one.disabled)
        for name, one in logging.root.manager.loggerDict.items()
        if isinstance(one, logging.Logger)
    }
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:], level = before
        root.setLevel(level)
        for name, one in logging.root.manager.loggerDict.items():
            if isinstance(one, logging.Logger):
                one.handlers[:], level, one.propagate, one.disabled = known.get(name, ([], logging.NOTSET, True, False))
                one.setLevel(level)


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """What is logged at the level debug."""
    with kept_logging():
        written = io.StringIO()
        logs.start("debug", written)
        yield written


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


# -- ours ---------------------------------------------------------------------------------------------------------


def test_a_line_of_ours_has_its_event_and_what_belongs_to_it(out: io.StringIO) -> None:
    logging.getLogger("bot.delivery.inbox").info("answered", extra={"kind": "answer", "entry": "driving", "ms": 7, "count": 0})
    (line,) = lines(out)
    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "info", "event": "answered", "kind": "answer", "entry": "driving", "ms": 7, "count": 0}


@pytest.mark.parametrize("field", ["utterance", "text", "first_name", "chat", "user", "token", "update", "args_"])
def test_nothing_else_gets_into_a_line(out: io.StringIO, field: str) -> None:
    logging.getLogger("bot.channels").error("update failed", extra={field: CANARY})
    (line,) = lines(out)
    assert set(line) == {"at", "level", "event"}
    assert CANARY not in out.getvalue()


def test_an_error_is_its_kind_and_its_place(out: io.StringIO) -> None:
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            raise RuntimeError(f"{CANARY} again") from error
    except RuntimeError:
        logging.getLogger("bot.delivery.service").exception("turn failed", stack_info=True)
    (line,) = lines(out)
    assert line["error"].startswith("RuntimeError < test_logs.py:")
    assert CANARY not in out.getvalue()


def test_each_line_is_one_line(out: io.StringIO) -> None:
    logging.getLogger("bot").warning("a\nb\u2028c \ud800 \N{WAVING HAND SIGN}")
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().isascii()


@pytest.mark.parametrize(("level", "shown"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_holds(level: str, shown: int) -> None:
    with kept_logging():
        written = io.StringIO()
        logs.start(level, written)
        for one in ("debug", "info", "warning", "error"):
            getattr(logging.getLogger("bot.x"), one)("said")
        assert len(lines(written)) == shown


def test_started_twice_it_says_all_once() -> None:
    with kept_logging():
        first, second = io.StringIO(), io.StringIO()
        logs.start("info", first)
        logs.start("info", second)
        logging.getLogger("bot").info("said")
        assert (first.getvalue(), len(lines(second))) == ("", 1)


def test_it_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with kept_logging():
        logs.start("info")
        logging.getLogger("bot").info("said")
    captured = capsys.readouterr()
    assert (captured.out, json.loads(captured.err)["event"]) == ("", "said")


# -- others' ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_is_heard_only_when_it_warns_and_never_in_its_own_words(out: io.StringIO, name: str) -> None:
    logger = logging.getLogger(None if name == "root" else name)
    for level in (logging.DEBUG, logging.INFO):
        logger.log(level, "POST https://api.telegram.org/bot%s/sendMessage %s", TOKEN, {"text": CANARY})
    assert out.getvalue() == ""
    try:
        raise KeyError(CANARY)
    except KeyError:
        for level in (logging.WARNING, logging.ERROR, logging.CRITICAL):
            logger.log(level, "no: %s", CANARY, exc_info=True, extra={"kind": CANARY, "where": CANARY, "reason": CANARY})
    assert len(lines(out)) == 3
    assert {line["event"] for line in lines(out)} == {"library"}
    assert all(line["error"].startswith("KeyError < ") for line in lines(out))
    assert all(line["where"].startswith(name) for line in lines(out))
    assert CANARY not in out.getvalue()


def test_a_library_that_brought_a_handler_along_loses_it(out: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("sqlalchemy")
    library.addHandler(logging.StreamHandler(sys.stderr))
    library.propagate = False
    logs.start("debug", out)
    library.warning(CANARY)
    assert CANARY not in capsys.readouterr().err
    assert len(lines(out)) == 1


def test_a_warning_is_a_line_without_its_words(out: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logs.start("debug", out)
        warnings.warn(CANARY, UserWarning, stacklevel=1)
        logging.captureWarnings(False)
    (line,) = lines(out)
    assert line["event"] == "library"
    assert CANARY not in out.getvalue()


def test_an_unawaited_failure_is_a_line_without_its_words(out: io.StringIO) -> None:
    async def fail() -> None:
        asyncio.get_running_loop().call_exception_handler({"message": CANARY, "exception": ValueError(CANARY)})

    asyncio.run(fail())
    (line,) = lines(out)
    assert line["error"] == "ValueError"
    assert CANARY not in out.getvalue()


async def test_calls_that_fail_do_not_tell_the_token(out: io.StringIO) -> None:
    """The real clients, nobody at the other end, all at the level debug."""
    request = AiohttpRequest(connect_timeout=0.5)
    await request.initialize()
    bot = Bot(TOKEN, base_url="http://127.0.0.1:9/bot", request=request, get_updates_request=request)
    log = logging.getLogger("bot.canary")
    try:
        await bot.send_message(1001, CANARY)
    except TelegramError as error:
        log.exception("telegram failed")
        out.write(json.dumps({"event": str(error)}) + "\n")
    await request.shutdown()
    async with aiohttp.ClientSession() as session:
        try:
            await session.get(f"http://127.0.0.1:9/bot{TOKEN}/getMe")
        except aiohttp.ClientError:
            log.exception("aiohttp failed")
    async with httpx.AsyncClient(verify=False) as client:  # noqa: S501  # nobody is there
        try:
            await client.get(f"http://127.0.0.1:9/bot{TOKEN}/getMe")
        except httpx.HTTPError:
            log.exception("httpx failed")
    store = open_storage(f"sqlite:////proc/{CANARY}/bot.db", owner="one")
    try:
        await store.start()
    except StorageError:
        log.exception("storage failed")
    events = [line["event"] for line in lines(out) if "at" in line]
    assert events == ["telegram failed", "aiohttp failed", "httpx failed", "storage failed"]
    assert CANARY not in out.getvalue()


def test_plain_lines_are_one_line_each_whatever_is_in_them() -> None:
    with kept_logging():
        out = io.StringIO()
        logs.start("info", out, plain=True)
        logging.getLogger("bot.app").warning("refused", extra={"reason": "too many\nfrom one address", "count": 3})
    at, rest = out.getvalue().rstrip("\n").split(" ", 1)
    assert at.endswith("+00:00")
    assert rest == r'WARNING refused count=3 reason="too many\\nfrom one address"'


async def test_a_line_bears_the_id_of_its_request() -> None:
    with kept_logging():
        out = io.StringIO()
        logs.start("info", out)
        id = begin()
        logging.getLogger("bot.app").info("stopping")
        assert json.loads(out.getvalue())["request"] == id
