"""One name for whoever has many addresses."""

from __future__ import annotations

import pytest

from bot.channels.requests.addresses import caller


@pytest.mark.parametrize(
    ("address", "name"),
    [
        pytest.param("192.0.2.1", "192.0.2.1", id="v4"),
        pytest.param("2001:db8:1:2::1", "20010db800010002/64".lstrip("0"), id="v6"),
        pytest.param("2001:db8:1:2:ffff::9", "20010db800010002/64", id="same-network"),
        pytest.param("::ffff:192.0.2.1", "192.0.2.1", id="v4-in-v6"),
        pytest.param("fe80::1%eth0", "fe80000000000000/64", id="zone"),
        pytest.param("no:address", "no:address", id="none"),
    ],
)
def test_a_caller_has_one_name(address: str, name: str) -> None:
    assert caller(address) == name
