"""What was found out about texts of late, so that what many people ask is found out once. Holds no text.

A text is known by two hashes that only this process can make, 128 bits together: no two texts will ever share them by chance, and
none can be read out of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress
from typing import Generic, TypeVar

_T = TypeVar("_T")
Mark = tuple[int, int, Hashable]


class Memo(Generic[_T]):
    """The ``size`` values that were used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, _T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> _T | None:
        found = self._kept.get(key)
        if found is not None:
            with suppress(KeyError):  # another thread may have dropped it just now
                self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, value: _T) -> None:
        self._kept[key] = value
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)


def mark(text: str, beside: Hashable) -> Mark:
    """What stands for ``text``, together with what else the value depends on."""
    return hash(text), hash(f"\0{text}"), beside
