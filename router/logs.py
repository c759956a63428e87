"""Logging of the process: structlog to stderr, as text for people or JSON for machines. Secrets never get here."""

import logging
import sys
from typing import Literal

import structlog

from router.visible import visible


def configure_logs(*, form: Literal["text", "json"], level: str) -> None:
    """Set logging up once, at the edge."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # Not the pretty one: it prints local variables, and those may hold events or keys.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if form == "json" else []),
            *([] if form == "json" else [_show]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _show(
    logger: structlog.types.WrappedLogger, name: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    """What clients and files sent is shown to whoever reads the log, and does not steer their terminal."""
    return {key: visible(value) if isinstance(value, str) else value for key, value in event.items()}
