"""One id for what one request leads to, and never a person's; spans, and none unless asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from bot.delivery.tracing import begin, go_on, id_of, request_id, span, use


def test_without_a_tracer_nothing_is_opened() -> None:
    with span("take", "web") as one:
        assert one is None


async def test_a_tracer_is_used_by_what_was_begun_after_it() -> None:
    opened: list[tuple[str, Mapping[str, str]]] = []

    @contextmanager
    def tracer(name: str, attributes: Mapping[str, str]) -> Iterator[None]:
        opened.append((name, attributes))
        yield

    async def work() -> None:
        with span("store"):
            await asyncio.sleep(0)

    use(tracer)
    id = begin()
    await asyncio.create_task(work())
    assert opened == [("store", {"request": id})]


@pytest.mark.parametrize(
    "given",
    [
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "00f067aa0ba902b7",
        "6f1c7d1e-2b7c-4a54-9f0e-0f3e5b8d2c11",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ],
)
async def test_an_id_that_a_proxy_made_is_kept(given: str) -> None:
    assert begin(given) == request_id() == given


@pytest.mark.parametrize(
    "given",
    [
        *("", "short", "491511234567890123", "ann.smith@clinic.example", "ann-smith-1975-01-02", "4bf92f3577b34da6\n", "a" * 65),
        "4BF92F3577B34DA6A3CE929D0E0E4736x",
        None,
    ],
    ids=repr,
)
async def test_what_may_be_a_person_or_anything_else_is_not(given: str | None) -> None:
    made = begin(given)
    assert made == request_id() != given
    assert (len(made), int(made, 16) >= 0) == (16, True)


async def test_requests_that_run_beside_each_other_have_their_own() -> None:
    async def one() -> bool:
        id = begin()
        await asyncio.sleep(0)
        return request_id() == id

    assert all(await asyncio.gather(*[asyncio.create_task(one()) for _ in range(5)]))


async def test_an_update_has_the_same_everywhere_and_tells_nothing() -> None:
    assert id_of(("default", "telegram", "7")) == id_of(("default", "telegram", "7")) != id_of(("default", "telegram", "8"))
    go_on(id_of(("default", "telegram", "7")))
    assert len(request_id()) == 16
