"""Log lines and error tracking: what a person on call reads, without secrets or customers' data.

What: structlog set-up, canonical lines per ledger and run, Sentry with scrubbing.
Not here: what happened (``syncer.model.run``) and when to speak (the flow and the commands).
"""

from syncer.log.lines import ledger_line, run_line
from syncer.log.notices import report_silent, report_unusual
from syncer.log.redact import Redactor
from syncer.log.sentry import monitor, report_error, set_up_sentry, work_scope
from syncer.log.setup import bound, clean_text, set_up

__all__ = [
    "Redactor",
    "bound",
    "clean_text",
    "ledger_line",
    "monitor",
    "report_error",
    "report_silent",
    "report_unusual",
    "run_line",
    "set_up",
    "set_up_sentry",
    "work_scope",
]
