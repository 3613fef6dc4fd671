"""What schemathesis makes of the API's own document, with all of its checks, against a real server."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bot.delivery.handoff.handoffs import Handoffs
from bot.delivery.storage import Storage
from tests.channels.web.conftest import Making, served


async def run(url: str, folder: Path, *more: str) -> tuple[int, str]:
    command = ["run", f"{url}/api/v1/openapi.json", "--checks=all", "--continue-on-failure", "--generation-database=none"]
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        *command,
        *more,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, output.decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("examples", "access", "seed"),
    [
        pytest.param(20, "open", 77, id="short"),
        pytest.param(4, "keys", 1, id="short-keys"),
        *(
            pytest.param(300, "open", seed, id=f"long-{seed}", marks=[pytest.mark.scenario, pytest.mark.timeout(1800)])
            for seed in (1, 2026, 31337)
        ),
    ],
)
async def test_the_api_does_what_its_document_says(
    context: Making, storage: Storage, tmp_path: Path, examples: int, access: str, seed: int
) -> None:
    handoffs = Handoffs(storage, "default") if access == "open" else None
    async with served(context(api_access=access, handoffs=handoffs)) as url:
        code, output = await run(url, tmp_path, f"--max-examples={examples}", f"--seed={seed}", "--workers=1")
    assert code == 0, _tail(output)


def _tail(output: str) -> str:
    """What fits on a screen: bodies can be as large as the API takes them."""
    return "\n".join(line[:500] for line in output.splitlines())[-20_000:]
