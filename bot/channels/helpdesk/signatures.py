"""Whether a webhook comes from whom it says, and just now. Pure; works on bytes as they came, and compares in constant time.

A header that stands there twice is refused, as is one with a byte that is no printable ASCII: two could read it in two ways.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

TOLERANCE = 300.0  # seconds, in both directions: clocks differ
_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_CHATWOOT = re.compile(rb"sha256=[0-9a-f]{64}")
# Without a dot: that stands between the id and the timestamp in what is signed.
_ID = re.compile(rb"[!-\-/-~]{1,128}")
_SIGNATURES = re.compile(rb"[!-~]{1,128}( [!-~]{1,128}){0,15}")

Headers = Sequence[tuple[bytes, bytes]]  # names in lower case


class Forged(Exception):
    """Not signed, not with this secret, not just now, or not in this form."""


@dataclass(frozen=True, slots=True)
class SignatureHeaders:
    """What the headers of a webhook show: the text that is signed before the body, and what it should be signed with."""

    id: str
    before: bytes
    signatures: tuple[bytes, ...]


def chatwoot_headers(headers: Headers, now: float) -> SignatureHeaders:
    """``X-Chatwoot-Signature`` over ``X-Chatwoot-Timestamp``, a dot and the body. Raises Forged."""
    moment = _moment(_one(headers, b"x-chatwoot-timestamp"), now)
    signature = _one(headers, b"x-chatwoot-signature")
    if not _CHATWOOT.fullmatch(signature):
        raise Forged
    return SignatureHeaders("", moment + b".", (signature.removeprefix(b"sha256="),))


def standard_headers(headers: Headers, now: float) -> SignatureHeaders:
    """As Standard Webhooks says: ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``. Raises Forged."""
    moment = _moment(_one(headers, b"webhook-timestamp"), now)
    id, signatures = _one(headers, b"webhook-id"), _one(headers, b"webhook-signature")
    if not _ID.fullmatch(id) or not _SIGNATURES.fullmatch(signatures):
        raise Forged
    versions = (one.partition(b",") for one in signatures.split(b" "))
    return SignatureHeaders(
        id.decode(), b"%b.%b." % (id, moment), tuple(rest for version, _, rest in versions if version == b"v1")
    )


def check_chatwoot(shown: SignatureHeaders, body: bytes, secret: bytes) -> None:
    """Raises Forged where ``body`` is not signed with ``secret``."""
    _check(shown, hmac.new(secret, shown.before + body, hashlib.sha256).hexdigest().encode())


def check_standard(shown: SignatureHeaders, body: bytes, key: bytes) -> None:
    """Raises Forged where ``body`` is not signed with ``key``."""
    _check(shown, base64.b64encode(hmac.digest(key, shown.before + body, "sha256")))


def sign_standard(key: bytes, id: str, moment: float, body: bytes) -> dict[str, str]:
    """The headers of a webhook of our own."""
    signed = b"%b.%d.%b" % (id.encode(), int(moment), body)
    signature = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {"webhook-id": id, "webhook-timestamp": str(int(moment)), "webhook-signature": f"v1,{signature}"}


def key_of(secret: str) -> bytes:
    """The bytes behind ``whsec_`` and base64. Raises ValueError."""
    if not secret.startswith("whsec_"):
        raise ValueError("no secret of a webhook")
    return base64.b64decode(secret.removeprefix("whsec_"), validate=True)


def _one(headers: Headers, name: bytes) -> bytes:
    found = [value for other, value in headers if other == name]
    if len(found) != 1:
        raise Forged
    return found[0]


def _moment(value: bytes, now: float) -> bytes:
    if not _TIMESTAMP.fullmatch(value) or abs(int(value) - now) > TOLERANCE:
        raise Forged
    return value


def _check(shown: SignatureHeaders, wanted: bytes) -> None:
    # All are compared, whichever fits: how long it takes tells nothing.
    fits = [hmac.compare_digest(one, wanted) for one in shown.signatures]
    if not any(fits):
        raise Forged
