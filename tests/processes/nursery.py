"""Forks workers from an interpreter that has worked before: a run costs its own work alone.

A script. It imports the program and rehearses a run, so that models, statements and templates
are compiled. Then it reads orders, a line of JSON each, and answers with the number of the
process and later with how it ended. Each worker is a process of its own, with its own files,
memory and signals; what an order wants to happen inside one is arranged here, never in the
program. How it starts in a new interpreter is shown by ``fresh`` and by tests/e2e.
"""

import atexit
import contextlib
import gc
import importlib
import io
import json
import logging
import os
import pkgutil
import selectors
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

REHEARSAL = """\
state: {url: "sqlite:///state.db", dir: files}
reports: {dir: reports}
run: {threads: 0}
mail:
  from: billing@northgate.example
  reply_to: anna@northgate.example
  channels: {box: {type: folder, dir: mail}}
policies:
  always:
    use: standard
    restraint:
      weekdays: [mon, tue, wed, thu, fri, sat, sun]
      send_from: "00:00"
      send_until: "23:59"
      holidays:
ledgers:
  - name: north
    connector: csv_folder
    mode: live
    policy: always
    settings:
      folder: exports
      organisation: {name: Northgate, time_zone: UTC, currency: GBP}
      open_items:
        file: open.csv
        currency: GBP
        layout: {columns: {account: Name, number: No, due_on: Due, open: Open, email: Mail}}
        format: {date_order: ymd}
"""


def main() -> None:
    """Import and rehearse, say so, take orders until the input ends."""
    _import_all()
    _rehearse()
    gc.collect()
    gc.freeze()
    choice = selectors.DefaultSelector()
    choice.register(0, selectors.EVENT_READ)
    _say({"ready": True})
    while True:
        for key, _ in choice.select():
            if key.fd == 0:
                line = sys.stdin.buffer.raw.readline()  # type: ignore[attr-defined]
                if not line:
                    return
                _start(choice, json.loads(line))
            else:
                choice.unregister(key.fd)
                os.close(key.fd)
                _, status = os.waitpid(key.data, 0)
                _say({"pid": key.data, "code": os.waitstatus_to_exitcode(status)})


def _import_all() -> None:
    import connectors
    import syncer

    for package in (syncer, connectors):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name and ".testing" not in found.name:
                importlib.import_module(found.name)
    importlib.import_module("time_machine")


def _rehearse() -> None:
    """A run over one customer; nothing of it is left but what it compiled."""
    import structlog

    from syncer.cli.entry import run

    before, said = os.getcwd(), io.StringIO()
    due = (datetime.now(UTC) - timedelta(days=9)).date()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("exports").mkdir()
        row = f"Name,No,Due,Open,Mail\nA,I-1,{due},100.00,a@customer.example\n"
        Path("exports/open.csv").write_text(row, encoding="utf-8")
        Path("syncer.yaml").write_text(REHEARSAL, encoding="utf-8")
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run(["run", "--no-input"])
        sent = list(Path("mail").glob("*.eml"))
    if code or len(sent) != 1 or os.getcwd() != before:
        raise RuntimeError(f"the rehearsal failed: {said.getvalue()}")
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


def _start(choice: selectors.BaseSelector, order: dict[str, Any]) -> None:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            _become(order)
            code = _work(order)
        finally:
            os._exit(code)
    choice.register(os.pidfd_open(pid), selectors.EVENT_READ, data=pid)
    _say({"order": order["number"], "pid": pid})


def _become(order: dict[str, Any]) -> None:
    """A process like one that was started on the command line."""
    os.setsid()
    os.closerange(3, 64)
    for target, path, flags in (
        (0, order["stdin"] or os.devnull, os.O_RDONLY),
        (1, order["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    ):
        handle = os.open(path, flags, 0o600)
        os.dup2(handle, target)
        os.close(handle)
    if order["err"]:
        handle = os.open(order["err"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(handle, 2)
        os.close(handle)
    else:
        os.dup2(1, 2)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    sys.argv = ["syncer", *order["words"]]


def _work(order: dict[str, Any]) -> int:
    plan = order["plan"]
    if plan.get("clock") is not None:
        _set_clock(plan)
    if "commits" in plan:
        _watch_commits(plan)
    if "step" in plan:
        _watch_step(plan)
    if plan.get("wait"):
        os.kill(os.getpid(), signal.SIGSTOP)  # until a tracer is at work
    from syncer.__main__ import main as program

    try:
        program()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    else:
        code = 0
    sys.stdout.flush()
    sys.stderr.flush()
    atexit._run_exitfuncs()
    return code


def _set_clock(plan: dict[str, Any]) -> None:
    """Start at ``clock`` seconds from now; at the nth commit jump by ``jump`` seconds."""
    import time_machine

    start = datetime.fromtimestamp(time.time() + plan["clock"], UTC)
    traveller = time_machine.travel(start, tick=True).start()
    if plan.get("jump_at"):
        jump = timedelta(seconds=plan["jump"])
        _at_commit(plan["jump_at"], before=lambda: None, after=lambda: traveller.shift(jump))


def _watch_commits(plan: dict[str, Any]) -> None:
    """Count the commits of writers; end the process before or after the nth."""

    def end() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def nothing() -> None:
        return

    after = plan.get("after", False)
    counted = _at_commit(
        plan["commits"], before=nothing if after else end, after=end if after else nothing
    )
    if "count" in plan:
        atexit.register(lambda: _write(plan["count"], str(counted())))


def _watch_step(plan: dict[str, Any]) -> None:
    """At the first time of a step that is named: end before it or after it, or stop before it.

    A step is a transaction of the store by its method's name, or "send".
    """
    from syncer.channels.folder import FolderChannel
    from syncer.channels.smtp import SmtpChannel
    from syncer.store.session import SqlLedgerSession
    from syncer.store.store import SqlStore

    name, met = plan["step"], []

    def watched(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **values: Any) -> Any:
            if met:
                return method(*args, **values)
            met.append(name)
            if plan.get("stop"):
                os.kill(os.getpid(), signal.SIGSTOP)  # until a tracer is at work
            elif not plan["after"]:
                os.kill(os.getpid(), signal.SIGKILL)
            result = method(*args, **values)
            if plan["after"] and not plan.get("stop"):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    found = [kind for kind in (SqlLedgerSession, SqlStore, FolderChannel, SmtpChannel)
             if name in vars(kind)]  # fmt: skip
    if not found:
        raise ValueError(f"no step is named {name}")
    for kind in found:
        setattr(kind, name, watched(vars(kind)[name]))


def _at_commit(
    nth: int, *, before: Callable[[], None], after: Callable[[], None]
) -> Callable[[], int]:
    from sqlalchemy import Engine, event
    from sqlalchemy.engine.default import DefaultDialect

    writers: set[int] = set()
    counted = 0
    commit = DefaultDialect.do_commit

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("BEGIN IMMEDIATE"):
            writers.add(id(cursor.connection))

    def counting(self: Any, connection: Any) -> None:
        nonlocal counted
        driver = getattr(connection, "driver_connection", connection)
        mine = bool({id(connection), id(driver)} & writers) or _writes_postgresql(driver)
        writers.difference_update({id(connection), id(driver)})
        counted += mine
        if mine and counted == nth:
            before()
        commit(self, connection)
        if mine and counted == nth:
            after()

    DefaultDialect.do_commit = counting  # type: ignore[method-assign]
    return lambda: counted


def _writes_postgresql(driver: Any) -> bool:
    """psycopg knows whether a transaction was begun to read only; sqlite3 has no such word."""
    return getattr(driver, "read_only", True) is not True


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _say(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()
