"""Spans to a collector by OpenTelemetry, where TRACES_URL names one: the extra ``otel``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from bot.channels.declaration import ConfigError
from bot.delivery import tracing
from bot.version import __version__

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor


@contextmanager
def traced(url: str | None) -> Iterator[None]:
    """Within it spans go to the collector at ``url``; None: there are none. Raises ConfigError."""
    if url is None:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(f"TRACES_URL: {error.name} is not installed; install infusion-bot[otel]") from error
    with recorded(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{url}/v1/traces"))):
        yield


@contextmanager
def recorded(processor: SpanProcessor) -> Iterator[None]:
    """Within it spans go to ``processor``."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # as above
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    provider = TracerProvider(resource=Resource({"service.name": "infusion-bot", "service.version": __version__}))
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("infusion-bot")

    @contextmanager
    def opened(name: str, attributes: Mapping[str, str]) -> Iterator[object]:
        # An exception may quote what somebody wrote: its kind alone is told.
        with tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as one:
            try:
                yield one
            except Exception as error:
                one.set_attribute("error", type(error).__name__)
                raise

    def open_span(name: str, attributes: Mapping[str, str]) -> AbstractContextManager[object]:
        return opened(name, attributes)

    tracing.use(open_span)
    try:
        yield
    finally:
        provider.shutdown()
