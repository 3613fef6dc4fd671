"""How a channel declares itself to the process that runs it: its name, its settings, how it is opened.

Light: whoever only asks for help reads the settings of every channel, and waits for no channel's packages.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from bot.knowledge.messages import Slots

if TYPE_CHECKING:
    from bot.channels.channel import Channel, Shared

_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


class ConfigError(Exception):
    """A setting is wrong. The message names the variable (and its flag, where that was used) and the bad value, unless secret."""


@contextmanager
def needing(extra: str, setting: str) -> Iterator[None]:
    """Around imports of what comes with ``extra`` alone: raises ConfigError, naming it and the ``setting`` that asks for it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "bot":
            raise
        raise ConfigError(
            f"{setting}: the package {error.name} is not installed; it comes with: pip install 'infusion-bot[{extra}]'"
        ) from error


@dataclass(frozen=True, slots=True)
class Setting:
    """``variable`` names it in the environment and a settings file; a secret may come from the file that VARIABLE_FILE names."""

    variable: str
    about: str
    default: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A setting as somebody wrote it, how its place is called in an error, and where that is."""

    place: str
    text: str = field(repr=False)
    secret: bool = False
    source: str = ""

    def wrong(self, allowed: str) -> ConfigError:
        return ConfigError(f"{self.place}: {'the value' if self.secret else repr(self.text)} {allowed}")


class GivenSettings:
    """What was given, by the names of settings; each read as what it should be. All methods raise ConfigError."""

    def __init__(self, given: Mapping[str, Given | None]) -> None:
        self._given = given

    def get(self, name: str) -> Given | None:
        return self._given[name]

    def text(self, name: str, allowed: re.Pattern[str] | None = None, otherwise: str = "") -> str | None:
        """As it was written; ``otherwise`` is said of what is not wholly ``allowed``."""
        one = self._given[name]
        if one is not None and allowed is not None and not allowed.fullmatch(one.text):
            raise one.wrong(otherwise)
        return one.text if one else None

    def address(self, name: str, example: str) -> str | None:
        """An http address as it was written."""
        return self.text(name, _URL, f"is no address; write it like {example}")

    def url(self, name: str, example: str) -> str | None:
        """An http address without a slash at its end."""
        found = self.address(name, example)
        return found.rstrip("/") if found else None

    def number(self, name: str, otherwise: float, least: float, most: float, *, whole: bool = False) -> float:
        one = self._given[name]
        return otherwise if one is None else number(one, least, most, whole=whole)

    def rate(self, name: str, otherwise: float | None) -> float | None:
        """So many in a stated time; None, written ``off``: no limit."""
        one = self._given[name]
        if one is None:
            return otherwise
        return None if one.text.lower() == "off" else number(one, 0.1, 1_000_000)


def number(given: Given, least: float, most: float, *, whole: bool = False) -> float:
    """The number that ``given`` is. Raises ConfigError."""
    form = r"[0-9]{1,7}" if whole else r"[0-9]{1,7}(\.[0-9]{1,6})?"
    if not re.fullmatch(form, given.text) or not least <= float(given.text) <= most:
        raise given.wrong(f"is not a {'whole ' if whole else ''}number from {least:g} to {most:g}")
    return float(given.text)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of a look at one part of what a start needs; ``mend``: what somebody can do about it."""

    part: str
    state: Literal["ok", "warning", "wrong"]
    said: str
    mend: str = ""


class ChannelSettings(Protocol):
    """The frozen settings of one channel."""

    @property
    def configured(self) -> bool:
        """Whether the channel is to be opened. Raises ConfigError where it is configured by half."""
        ...


_Settings = TypeVar("_Settings", bound=ChannelSettings)


@dataclass(frozen=True, slots=True)
class ChannelType(Generic[_Settings]):
    """A channel that there is: ``settings`` by the names of their flags, ``read`` into a value, and ``open`` it with that.

    ``messages``: the keys of ``knowledge/messages.yaml`` that it says itself, and what each may be filled with. ``conversation``:
    what a store calls the conversation that people know by a name (a chat's number, a browser's token). ``check`` looks whether
    all is there that the channel needs outside of this machine, and changes nothing. ``alone``: what no two clinics can have at
    once (a bot's account), as it may be told; None: nothing. ``wakes``: it tells a person by itself what the staff write, when it
    is woken; others wait until they are asked. ``reaches_staff``: whether the staff read along in it, and answer there.
    """

    name: str
    settings: Mapping[str, Setting]
    read: Callable[[GivenSettings], _Settings]
    open: Callable[[Shared, _Settings], AbstractAsyncContextManager[Channel]]
    messages: Slots = field(default_factory=dict)
    conversation: Callable[[_Settings, str], str] = lambda _, name: name
    alone: Callable[[_Settings], str | None] = lambda _: None
    wakes: bool = False
    reaches_staff: Callable[[_Settings], bool] = lambda _: False
    check: Callable[[_Settings], Awaitable[Sequence[CheckResult]]] | None = None
