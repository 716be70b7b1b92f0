"""structlog set-up: JSON lines in a container or pipe, readable text on a terminal.

What: one chain for our own lines and for those of libraries (through ``logging``): context of
run and ledger, UTC time in milliseconds, redaction, rendering. To the stream it is given
(standard error; standard output belongs to data).
Not here: reading settings, opening files.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any, TextIO

from syncer.log.library import structlog
from syncer.log.redact import Redactor, told

LIBRARY_LEVEL = logging.WARNING  # libraries speak only when something is wrong
FRAMES_MAX = 30
TIME_DIGITS = 23  # 2026-01-31T08:15:30.123

Event = MutableMapping[str, Any]

_last: list[Redactor] = []  # of the set-up that counts, as structlog's own configuration is


def set_up(
    format: str,  # noqa: A002 - the setting's own name
    level: str,
    stream: TextIO,
    is_tty: bool,  # noqa: FBT001 - the fourth of four settings, named at every call
    *,
    redactor: Redactor | None = None,
) -> Redactor:
    """Direct every log line to ``stream``; returns the redactor so that secrets can be added.

    ``format``: auto, json or text (auto = text on a terminal). ``level``: debug, info, warning
    or error. May be called again; the last call counts.
    """
    cleaner = redactor or Redactor()
    _last[:] = [cleaner]
    as_text = format == "text" or (format == "auto" and is_tty)
    shared = _shared_chain()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=_final_chain(cleaner, as_text=as_text, colours=is_tty)
    )
    _direct(stream, formatter, getattr(logging, level.upper()))
    return cleaner


def clean_text(text: str) -> str:
    """``text`` as a log line would show it; before any set-up, without the secrets' values."""
    return (_last or [Redactor()])[0].text(text)


def bound(**context: Any) -> AbstractContextManager[None]:
    """Adds ``run_id``, ``ledger`` and the like to every line inside the ``with`` block."""
    return structlog.contextvars.bound_contextvars(**context)


def _shared_chain() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _milliseconds,
        _exception,
    ]


def _final_chain(cleaner: Redactor, *, as_text: bool, colours: bool) -> list[Any]:
    render: Any = structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=False)
    if as_text:
        render = structlog.dev.ConsoleRenderer(
            colors=colours, timestamp_key="ts", pad_event_to=24, sort_keys=False
        )
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _Clean(cleaner), render]


def _direct(stream: TextIO, formatter: logging.Formatter, level: int) -> None:
    """Make our handler the only one, and keep libraries quiet."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(level, LIBRARY_LEVEL))
    for ours in ("syncer", "connectors"):
        logging.getLogger(ours).setLevel(level)
    logging.captureWarnings(capture=True)


def _milliseconds(_: Any, __: str, event: Event) -> Event:
    event["ts"] = f"{event['ts'][:TIME_DIGITS]}Z"
    return event


def _exception(_: Any, __: str, event: Event) -> Event:
    """The error's class, sentence and places, never its local variables."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error_kind"] = type(error).__name__
        event["error"] = told(error)
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


class _Clean:
    """The redaction step: nothing is rendered that did not pass here."""

    def __init__(self, cleaner: Redactor) -> None:
        self._cleaner = cleaner

    def __call__(self, _: Any, __: str, event: Event) -> dict[str, Any]:
        debug = event.get("level") == "debug"
        ordered = {key: event[key] for key in ("ts", "level", "event") if key in event}
        ordered.update(event)
        return {
            self._cleaner.text(str(key)): self._cleaner.value(
                value, key=str(key), customer_text=debug
            )
            for key, value in ordered.items()
        }
