"""What a shell completes, asked in the shells that are there."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from bot.app.commands.operating.completion import SHELLS
from tests.app.commands.conftest import Run


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script_with_all_commands(run: Run, shell: str) -> None:
    code, out, err = run("completion", shell)
    assert (code, err) == (0, "")
    for word in ("doctor", "requeue", "calibrate", "--trusted-proxies", "--given"):
        assert word.lstrip("-") in out
    assert "telegram-bot-token" not in out


def test_a_shell_that_is_none_is_refused(run: Run) -> None:
    code, out, err = run("completion", "dos")
    assert (code, out) == (2, "")
    assert "bash" in err


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not there")
@pytest.mark.parametrize(
    ("typed", "completed"),
    [("infusion-bot doc", "doctor"), ("infusion-bot kb che", "check"), ("infusion-bot config --giv", "--given")],
)
def test_bash_completes_commands_and_flags(run: Run, typed: str, completed: str) -> None:
    script = run("completion", "bash")[1]
    words = typed.split()
    shown = f'_shtab_infusion_bot "" "{words[-1]}"; echo "${{COMPREPLY[@]}}"'
    ask = f"{script}\nCOMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; {shown}"
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.split() == [completed]
