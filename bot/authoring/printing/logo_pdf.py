"""The clinic's picture in a PDF: its pixels; of an SVG there is none, and the clinic's name stands alone."""

from __future__ import annotations

from io import BytesIO

from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from bot.knowledge.overlay.logo import Logo


def logo_flowable(logo: Logo | None, height: float, *, right: bool = False) -> list[Flowable]:
    """The picture, at most ``height`` points high and four times as wide. Raises LookupError where it cannot be read."""
    if logo is None or logo.kind == "svg":
        return []
    try:
        picture = ImageReader(BytesIO(logo.content))
    except Exception as error:  # of many kinds, by the parser that stumbles
        raise LookupError("the clinic's logo cannot be read as a picture; save it anew, or leave it out") from error
    return [_Picture(picture, height, right=right)]


class _Picture(Flowable):
    def __init__(self, picture: ImageReader, height: float, *, right: bool) -> None:
        super().__init__()
        self._picture, self._most, self._right = picture, height, right

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: ARG002, N803  # as reportlab calls it
        wide, high = self._picture.getSize()
        scale = min(self._most / high, 4 * self._most / wide, aW / wide)
        self.width, self._wide, self._high = aW, wide * scale, high * scale
        self.height = self._high + 3
        return aW, self.height

    def draw(self) -> None:
        x = self.width - self._wide if self._right else 0
        self.canv.drawImage(self._picture, x, 3, self._wide, self._high, mask="auto")
