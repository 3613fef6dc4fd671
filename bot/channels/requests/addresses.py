"""Who stands behind a network address."""

from __future__ import annotations

import ipaddress


def caller(address: str) -> str:
    """Who ``address`` stands for: with IPv6 a whole network of 64 bits, as a household has any address in it."""
    if ":" not in address:
        return address
    try:
        whole = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(whole.ipv4_mapped) if whole.ipv4_mapped else f"{int(whole) >> 64:x}/64"
