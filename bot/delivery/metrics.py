"""What is counted, for Prometheus. Every label has a closed set of values: none comes from what somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.dialogue.conversation import Kind

# What can become of an update, or of a message on its way out.
EVENTS = frozenset(
    """taken known expired ignored answered failed postponed dead lease_lost urgent_unsaved urgent_overtook flood api_error
    poll_conflict webhook_changed webhook_refused webhook_failing
    store_error helped not_helped reminded send_sent send_skipped send_flood send_unsent send_unknown
    send_repeated send_given_up send_gone send_migrated send_plain send_unreplied send_unneeded send_refused send_later
    send_dropped rate_limited refused_signature handed_over stayed_silent not_shown http_crowded http_displaced http_silent
    http_slow http_large_header http_large_body http_malformed http_closing""".split()
)
# What can become of an edit of the knowledge.
RELOADS = ("ok", "refused", "same", "failed")
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """The counters of one process; a registry of its own, so that two can live in one test."""

    def __init__(self, channels: Iterable[str], clinics: Iterable[str] = ("default",)) -> None:
        places = [(clinic, channel) for clinic in clinics for channel in channels]
        self._registry = CollectorRegistry()
        self._events = Counter(
            "infusion_bot_events", "Updates and messages by what became of them", ["clinic", "event"], registry=self._registry
        )
        self._replies = Counter("infusion_bot_replies", "Replies by kind", ["clinic", "channel", "kind"], registry=self._registry)
        self._latency = Histogram(
            "infusion_bot_answer_seconds",
            "From an update's arrival to its answer",
            ["clinic", "channel"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._waiting = Gauge("infusion_bot_waiting", "Updates in the inbox", registry=self._registry)
        self._oldest = Gauge(
            "infusion_bot_oldest_waiting_seconds", "Age of the oldest update in the inbox", registry=self._registry
        )
        self._info = Gauge(
            "infusion_bot_info", "What answers: always 1", ["version", "clinic", "knowledge"], registry=self._registry
        )
        self._introduced: dict[str, tuple[str, str, str]] = {}
        self._reloads = Counter(
            "infusion_bot_reloads",
            "Edits of the knowledge by outcome",
            ["clinic", "outcome"],
            registry=self._registry,
        )
        self._since = Gauge(
            "infusion_bot_knowledge_since_seconds", "When the knowledge began to serve", ["clinic"], registry=self._registry
        )
        self._refused = Gauge(
            "infusion_bot_knowledge_refused", "1 while an edit is not served", ["clinic"], registry=self._registry
        )
        self._clinics = Gauge(
            "infusion_bot_clinic_serves", "0 where a clinic could not be started", ["clinic"], registry=self._registry
        )
        self._unsigned = Gauge(
            "infusion_bot_unsigned_texts",
            "Texts that no clinician has signed as they are, by why",
            ["clinic", "state"],
            registry=self._registry,
        )
        self._dead = Gauge("infusion_bot_dead_letters", "Updates that were given up", registry=self._registry)
        self._campaigns = Counter(
            "infusion_bot_campaign_starts",
            "Chats begun by a link of a campaign that the clinic lists",
            ["clinic", "campaign"],
            registry=self._registry,
        )
        for clinic in clinics:
            for outcome in RELOADS:
                self._reloads.labels(clinic, outcome)
        # Of no clinic is what happens to the process: a store that fails, a connection that is too many.
        self._counts = {
            (clinic, event): self._events.labels(clinic, event) for clinic in (*clinics, "") for event in sorted(EVENTS)
        }
        self._by_kind = {(*place, kind): self._replies.labels(*place, kind) for place in places for kind in get_args(Kind)}
        self._latencies = {place: self._latency.labels(*place) for place in places}

    def count(self, event: str, many: int = 1, clinic: str = "") -> None:
        """One of ``EVENTS`` happened, at ``clinic`` or to the whole process. Raises KeyError for any other."""
        self._counts[clinic, event].inc(many)

    def of(self, clinic: str) -> ClinicMetrics:
        """What the parts of one clinic count with."""
        return ClinicMetrics(self, clinic)

    def replied(self, clinic: str, channel: str, kind: str) -> None:
        self._by_kind[clinic, channel, kind].inc()

    def campaign(self, clinic: str, name: str, many: int = 1) -> None:
        """``name`` is one of those that the clinic lists."""
        self._campaigns.labels(clinic, name).inc(many)

    def took(self, clinic: str, channel: str, seconds: float) -> None:
        self._latencies[clinic, channel].observe(max(0.0, seconds))

    def waiting(self, count: int, oldest_seconds: float, dead: int) -> None:
        self._waiting.set(count)
        self._oldest.set(max(0.0, oldest_seconds))
        self._dead.set(dead)

    def watch_server(self, connections: Callable[[], int], requests: Callable[[], int]) -> None:
        """Asked whenever somebody looks: how many connections are open, and how many requests are being answered."""
        Gauge("infusion_bot_connections", "Open connections", registry=self._registry).set_function(connections)
        Gauge("infusion_bot_requests", "Requests that are being answered", registry=self._registry).set_function(requests)

    def introduce(self, version: str, clinic: str, knowledge: str) -> None:
        """Which release answers, for which clinic, from which knowledge, from now on."""
        if (before := self._introduced.pop(clinic, None)) is not None:
            self._info.remove(*before)
        self._introduced[clinic] = (version, clinic, knowledge)
        self._info.labels(version, clinic, knowledge).set(1)

    def clinic(self, name: str, *, serves: bool) -> None:
        """Whether a clinic that this process should serve is served."""
        self._clinics.labels(name).set(serves)

    def reloaded(self, clinic: str, outcome: str) -> None:
        """One of ``RELOADS`` became of an edit."""
        self._reloads.labels(clinic, outcome).inc()

    def serves(self, clinic: str, since: float, *, refused: bool) -> None:
        """Since when (Unix time) the knowledge of ``clinic`` serves; ``refused``: a newer one does not."""
        self._since.labels(clinic).set(since)
        self._refused.labels(clinic).set(refused)

    def unsigned(self, clinic: str, many: Mapping[str, int]) -> None:
        """How many texts of a clinic have no signature that holds, by what is the matter with it."""
        for state, count in many.items():
            self._unsigned.labels(clinic, state).set(count)

    def watch_store(self, fails: Callable[[], bool]) -> None:
        """Asked whenever somebody looks."""
        Gauge("infusion_bot_store_failing", "1 while the store fails", registry=self._registry).set_function(fails)

    def value(self, event: str, clinic: str | None = None) -> float:
        """How often ``event`` was counted; None: all clinics together."""
        counted = (
            self._registry.get_sample_value("infusion_bot_events_total", {"clinic": one, "event": event})
            for one, of in self._counts
            if of == event and clinic in (None, one)
        )
        return float(sum(filter(None, counted)))

    def rendered(self) -> bytes:
        """In the Prometheus text format."""
        return generate_latest(self._registry)


@dataclass(frozen=True, slots=True)
class ClinicMetrics:
    """The counters of one process, as the parts of ``clinic`` see them."""

    whole: Metrics
    clinic: str

    def count(self, event: str, many: int = 1) -> None:
        """One of ``EVENTS`` happened at the clinic. Raises KeyError for any other."""
        self.whole.count(event, many, self.clinic)

    def campaign(self, name: str, many: int = 1) -> None:
        """``name`` is one of those that the clinic lists."""
        self.whole.campaign(self.clinic, name, many)

    def took(self, channel: str, seconds: float) -> None:
        self.whole.took(self.clinic, channel, seconds)

    def value(self, event: str) -> float:
        """How often ``event`` was counted for the clinic."""
        return self.whole.value(event, self.clinic)
