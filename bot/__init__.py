"""Answers what patients ask about ketamine infusions from reviewed text with its source, or says that the source does not.

For use from Python (see docs/embedding.md): ``from bot import InfusionBot``. What stands in ``__all__`` stays as it is within a
major version; the modules behind it may change.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from bot.version import __version__

if TYPE_CHECKING:
    from bot.app.python_api import Chat, InfusionBot
    from bot.channels.declaration import ConfigError
    from bot.dialogue.conversation import Choice, Part, Reply, as_json
    from bot.knowledge.load import KnowledgeError
    from bot.knowledge.model import Place

__all__ = ["Chat", "Choice", "ConfigError", "InfusionBot", "KnowledgeError", "Part", "Place", "Reply", "__version__", "as_json"]

# Imported when they are first asked for: who imports one module of the package does not wait for all of them.
_MODULES = {
    "Chat": "app.python_api",
    "Choice": "dialogue.conversation",
    "ConfigError": "channels.declaration",
    "InfusionBot": "app.python_api",
    "KnowledgeError": "knowledge.load",
    "Part": "dialogue.conversation",
    "Place": "knowledge.model",
    "Reply": "dialogue.conversation",
    "as_json": "dialogue.conversation",
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(importlib.import_module(f"bot.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'bot' has no attribute {name!r}")
