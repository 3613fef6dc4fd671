"""What stands in a text for what was taken out of it."""

from __future__ import annotations

import re
from typing import Final

NAME: Final = "[name]"
NUMBER: Final = "[number]"
DATE: Final = "[date]"
ADDRESS: Final = "[address]"
POSTCODE: Final = "[postcode]"
EMAIL: Final = "[email]"
LINK: Final = "[link]"
HANDLE: Final = "[handle]"
MARK: Final = re.compile(r"\[(?:name|number|date|address|postcode|email|link|handle)\]")
