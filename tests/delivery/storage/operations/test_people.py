from __future__ import annotations

from collections import Counter

from bot.delivery.storage.operations.people import PERIOD, end_of, period_of, person_of
from bot.dialogue.conversation import ConversationKey

KEYS = [ConversationKey("aurora", "telegram", str(number)) for number in range(5000)]
SECRET = b"s" * 32


def test_a_number_fits_many_and_tells_people_apart_for_one_key() -> None:
    people = Counter(person_of(key, SECRET) for key in KEYS)
    assert set(people) == set(range(256))
    assert max(people.values()) < 60  # of 20 in the mean: none stands out
    assert person_of(KEYS[0], SECRET) == person_of(KEYS[0], SECRET)
    assert sum(person_of(key, b"t" * 32) == person_of(key, SECRET) for key in KEYS) < 60


def test_the_parts_of_a_name_are_kept_apart() -> None:
    one, other = ConversationKey("a", "bc", "d"), ConversationKey("a", "b", "cd")
    assert [person_of(one, bytes([n] * 32)) for n in range(4)] != [person_of(other, bytes([n] * 32)) for n in range(4)]


def test_a_period_ends_where_the_next_begins() -> None:
    assert period_of(end_of(7)) == 8
    assert end_of(7) - PERIOD == 7 * PERIOD
