"""Where things lie: checkout or package, and the cache of each platform."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.app.paths import cache_folder, knowledge_folder, replace_file


def test_a_checkout_has_its_knowledge_beside_the_package() -> None:
    assert (knowledge_folder() / "claims.yaml").is_file()


def test_packaged_knowledge_wins_over_a_folder_beside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "bot"
    (package / "_knowledge").mkdir(parents=True)
    (tmp_path / "knowledge").mkdir()
    assert knowledge_folder(package) == package / "_knowledge"


@pytest.mark.parametrize(
    ("environment", "platform", "folder"),
    [
        pytest.param({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "linux", "/x/infusion-bot", id="xdg"),
        pytest.param({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "darwin", "/x/infusion-bot", id="xdg-on-a-mac"),
        pytest.param({"XDG_CACHE_HOME": "x", "HOME": "/h"}, "linux", "/h/.cache/infusion-bot", id="relative-xdg-is-ignored"),
        pytest.param({"XDG_CACHE_HOME": "", "HOME": "/h"}, "linux", "/h/.cache/infusion-bot", id="empty-xdg-is-ignored"),
        pytest.param({"HOME": "/h"}, "darwin", "/h/Library/Caches/infusion-bot", id="mac"),
        pytest.param({"LOCALAPPDATA": "/l", "USERPROFILE": "/u"}, "win32", "/l/infusion-bot/cache", id="windows"),
        pytest.param({"USERPROFILE": "/u"}, "win32", "/u/.cache/infusion-bot", id="windows-without-local-data"),
    ],
)
def test_the_cache_lies_where_the_platform_keeps_caches(environment: Mapping[str, str], platform: str, folder: str) -> None:
    assert cache_folder(environment, platform) == Path(folder)


def test_without_a_home_the_cache_is_private_and_new() -> None:
    first, second = cache_folder({}, "linux"), cache_folder({}, "linux")
    try:
        assert first != second
        assert first.stat().st_mode & 0o077 == 0
    finally:
        first.rmdir()
        second.rmdir()


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    replace_file(path, b"first")
    assert path.stat().st_mode & 0o777 == 0o644
    path.chmod(0o600)
    replace_file(path, b"second")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"second", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_replaced_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for place in ("folder", "nowhere/a"):
        with pytest.raises(OSError, match="directory"):
            replace_file(tmp_path / place, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
