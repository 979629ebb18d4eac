"""Structured logs: one JSON object a line. They hold ids, never names or text of an evaluation."""

import logging
import sys

import structlog


def configure(*, service: str, role: str, human: bool = False) -> None:
    """Send every log line to stderr; `human` prints for a terminal instead of JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _told_by(service, role),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def _told_by(service: str, role: str) -> structlog.typing.Processor:
    """Who speaks, on every line: not a context variable, which the threads that answer requests would not have."""

    def add(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event.setdefault("service", service)
        event.setdefault("role", role)
        return event

    return add


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(source=name)
    return logger
