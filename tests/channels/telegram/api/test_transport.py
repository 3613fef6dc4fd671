"""What the transport makes of answers and of their absence, over real sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, InputFile, Message
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.telegram.api.transport import AiohttpRequest, Flooded, Unclear, Unsent, _body
from tests.fakes.botapi import TOKEN, FakeBotApi, updates

ANN = updates.user(1001)
SENT = b'{"ok":true,"result":{"message_id":7,"date":1,"chat":{"id":1001,"type":"private"},"text":"x"}}'


@asynccontextmanager
async def bot_at(base_url: str, **settings: Any) -> AsyncIterator[Bot]:
    request = AiohttpRequest(**settings)
    await request.initialize()
    try:
        yield Bot(TOKEN, base_url=base_url, request=request, get_updates_request=request)
    finally:
        await request.shutdown()


class Scripted:
    """A server that reads a request, then writes what the script says, or hangs on None. ``requests`` are those read in full."""

    def __init__(self, *answers: bytes | None, drip: bool = False) -> None:
        self.answers, self.drip = list(answers), drip
        self.requests: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/bot"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        for writer in self.writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
                self.requests.append(await reader.readexactly(length))
                answer = self.answers.pop(0)
                if answer is None:
                    await reader.read()
                    return
                await self._write(writer, answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _write(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        if not self.drip:
            writer.write(answer)
            return await writer.drain()
        for at in range(len(answer)):
            writer.write(answer[at : at + 1])
            await asyncio.sleep(0.02)
        return None


def http(status: int, body: bytes, *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


def refusal(code: int, text: str, parameters: str = "") -> bytes:
    more = f',"parameters":{parameters}' if parameters else ""
    return http(code, f'{{"ok":false,"error_code":{code},"description":"{text}"{more}}}'.encode())


def no_token(error: BaseException, logged: str) -> None:
    """Neither in the error, nor in what it drags along, nor in a log."""
    chain: list[BaseException] = [error]
    while chain[-1].__cause__ or chain[-1].__context__:
        chain.append(chain[-1].__cause__ or chain[-1].__context__ or error)
    told = "".join("".join(traceback.format_exception(one, chain=False)) + str(one) + repr(one) for one in chain) + logged
    assert TOKEN not in told
    assert TOKEN.partition(":")[2] not in told


def ours(caplog: pytest.LogCaptureFixture) -> str:
    """All that was logged, but for the library's bot, which tells its token at DEBUG; it is silenced where logs are set up."""
    return "\n".join(record.getMessage() for record in caplog.records if record.name != "telegram.Bot")


PAGE = b"<html><body>Bad Gateway</body></html>"

ANSWERS = [
    pytest.param(http(502, PAGE), Unclear, id="502-page"),
    pytest.param(http(504, b""), Unclear, id="504-empty"),
    pytest.param(refusal(500, "Internal Server Error"), Unclear, id="500-json"),
    pytest.param(http(403, PAGE), Unclear, id="403-page-is-no-block"),
    pytest.param(http(404, PAGE), Unclear, id="404-page-is-no-wrong-token"),
    pytest.param(http(302, b"", "Location: http://127.0.0.1:9/"), Unclear, id="redirect"),
    pytest.param(http(200, PAGE), Unclear, id="200-page"),
    pytest.param(http(200, b'{"ok":true,"resu'), Unclear, id="200-cut-json"),
    pytest.param(http(200, b'{"ok":true}'), Unclear, id="200-without-result"),
    pytest.param(http(200, b"[" * 100_000), Unclear, id="200-deep-json"),
    pytest.param(http(200, b'{"ok":true,"result":"' + b"x" * 200_000 + b'"}'), Unclear, id="too-large"),
    pytest.param(http(413, PAGE), BadRequest, id="413"),
    pytest.param(b"garbage\r\n\r\n", NetworkError, id="no-http"),
    pytest.param(b"", NetworkError, id="closed-without-answer"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", NetworkError, id="closed-in-the-answer"),
    pytest.param(None, TimedOut, id="silence"),
    pytest.param(refusal(403, "Forbidden: bot was blocked by the user"), Forbidden, id="blocked"),
    pytest.param(refusal(401, "Unauthorized"), InvalidToken, id="unauthorized"),
    pytest.param(refusal(409, "Conflict: x"), Conflict, id="conflict"),
    pytest.param(refusal(400, "Bad Request: x"), BadRequest, id="bad-request"),
    pytest.param(http(200, b'{"ok":false,"error_code":403,"description":"Forbidden: x"}'), Forbidden, id="refused-with-200"),
    pytest.param(refusal(400, "Bad Request: x", '{"migrate_to_chat_id":-100}'), ChatMigrated, id="migrated"),
]


@pytest.mark.parametrize(("answer", "kind"), ANSWERS)
async def test_an_answer_becomes_the_error_that_says_what_is_known(
    answer: bytes | None, kind: type[TelegramError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Scripted(*([answer] if answer is not None else [None])) as server:
        if answer is not None and not answer.startswith(b"HTTP/1.1 200 X"):
            server.answers = [answer]
        async with bot_at(server.base_url, read_timeout=0.3, largest=150_000) as bot:
            with pytest.raises(TelegramError) as raised:
                await bot.send_message(1001, "x")
    assert type(raised.value) is kind
    assert len(server.requests) == 1
    no_token(raised.value, ours(caplog))


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        pytest.param(refusal(429, "Too Many Requests: retry after 5", '{"retry_after":5}'), 5, id="json"),
        pytest.param(http(429, PAGE, "Retry-After: 7"), 7, id="page-with-header"),
        pytest.param(http(429, PAGE), 1, id="page"),
        pytest.param(refusal(429, "Too Many Requests"), 1, id="json-without-wait"),
        pytest.param(http(429, PAGE, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"), 1, id="header-with-date"),
    ],
)
async def test_a_flood_says_how_long_without_a_warning(answer: bytes, seconds: float) -> None:
    async with Scripted(answer) as server, bot_at(server.base_url) as bot:
        with pytest.raises(Flooded) as raised:
            await bot.send_message(1001, "x")
    assert raised.value.seconds == seconds


async def test_an_answer_that_trickles_in_is_given_up_in_time() -> None:
    waits = {"read_timeout": 0.3, "write_timeout": 0.1, "connect_timeout": 0.1, "pool_timeout": 0.1}
    async with Scripted(http(200, SENT), drip=True) as server, bot_at(server.base_url, **waits) as bot:
        async with asyncio.timeout(1.5):
            with pytest.raises(TimedOut):
                await bot.send_message(1001, "x")


# -- never sent ---------------------------------------------------------------------------------------------------


async def test_a_refused_connection_is_unsent(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with bot_at(f"http://127.0.0.1:{unused.getsockname()[1]}/bot") as bot:
            with pytest.raises(Unsent) as raised:
                await bot.send_message(1001, "x")
    no_token(raised.value, ours(caplog))


async def test_a_connection_that_nobody_accepts_is_unsent() -> None:
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(deaf.getsockname())
        async with bot_at(f"http://127.0.0.1:{deaf.getsockname()[1]}/bot", connect_timeout=0.2, pool_timeout=0.1) as bot:
            with pytest.raises(Unsent):
                await bot.send_message(1001, "x")


async def test_no_room_in_the_pool_is_unsent() -> None:
    async with Scripted(None) as server, bot_at(server.base_url, connections=1, pool_timeout=0.1, connect_timeout=0.1) as bot:
        holder = asyncio.create_task(bot.send_message(1001, "first"))
        await until(lambda: len(server.requests) == 1)
        with pytest.raises(Unsent):
            await bot.send_message(1001, "second")
        holder.cancel()
        await asyncio.gather(holder, return_exceptions=True)
    assert len(server.requests) == 1


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:99999/bot", "nonsense/bot"])
async def test_an_address_that_is_none_is_unsent_and_not_told(base_url: str) -> None:
    async with bot_at(base_url) as bot:
        with pytest.raises(Unsent) as raised:
            await bot.send_message(1001, "x")
    no_token(raised.value, "")


async def test_before_the_start_and_after_the_end_nothing_goes_out() -> None:
    request = AiohttpRequest()
    bot = Bot(TOKEN, base_url="http://127.0.0.1:1/bot", request=request, get_updates_request=request)
    with pytest.raises(Unsent):
        await bot.send_message(1001, "x")


async def test_a_connection_that_was_closed_while_idle_is_not_called_unsent_or_works() -> None:
    """The server hangs up after its answer; whether the client has seen that yet is a race."""
    async with Scripted(http(200, SENT)) as server, bot_at(server.base_url) as bot:
        await bot.send_message(1001, "x")
        server.answers = [http(200, SENT)]
        (second,) = await asyncio.gather(bot.send_message(1001, "y"), return_exceptions=True)
    assert isinstance(second, Message) or (isinstance(second, NetworkError) and not isinstance(second, Unsent))


# -- what goes out ------------------------------------------------------------------------------------------------


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5))
def test_a_form_is_read_back_as_it_was(fields: dict[str, str]) -> None:
    data = RequestData([RequestParameter.from_input(name, value) for name, value in fields.items()])
    body, _ = _body(data)
    assert isinstance(body, bytes)
    assert dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")) == fields


def test_a_lone_surrogate_is_left_out_of_a_form() -> None:
    assert _body(RequestData([RequestParameter("text", "x\ud800y", None)]))[0] == b"text=xy"


async def test_what_is_sent_arrives_over_one_connection() -> None:
    text = "a+b=c&d; 100% “é” \N{GRINNING FACE}\n\tx"
    async with FakeBotApi() as api, bot_at(api.base_url) as bot:
        api.set_chat(updates.private_chat(ANN))
        sent = [await bot.send_message(1001, text, message_thread_id=None) for _ in range(5)]
    calls = api.calls("sendMessage")
    assert [call.text for call in calls] == [text] * 5
    assert [one.message_id for one in sent] == [call.message for call in calls]
    assert len({call.connection for call in calls}) == 1


@pytest.mark.parametrize("size", [100, 3 << 20], ids=["small", "large"])
async def test_a_picture_is_uploaded_with_its_caption(size: int) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\0" * size
    async with FakeBotApi() as api, bot_at(api.base_url) as bot:
        api.set_chat(updates.private_chat(ANN))
        await bot.send_photo(1001, InputFile(picture, filename="timeline.png"), caption="<b>é\ud800</b>", parse_mode="HTML")
    (call,) = api.calls("sendPhoto")
    assert call.delivered
    assert call.text == "é"
    assert [(file.name, file.content) for file in call.files] == [("timeline.png", picture)]


async def test_no_proxy_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with FakeBotApi() as api, bot_at(api.base_url) as bot:
        assert (await bot.get_me()).username == "test_infusion_bot"


async def test_the_library_starts_and_stops_it() -> None:
    async with FakeBotApi() as api:
        bot = Bot(TOKEN, base_url=api.base_url, request=AiohttpRequest(), get_updates_request=AiohttpRequest())
        async with bot:
            api.inject(updates.text("hello"))
            (update,) = await bot.get_updates(timeout=1)
    assert update.message is not None


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # what is waited for happens in a server of another kind
            await asyncio.sleep(0.005)
