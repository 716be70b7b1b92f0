"""Who watches from outside learns how it stands: status, the metrics file, the ping."""

import html
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from msgspec.structs import replace

from syncer.cli.status import due_of, says
from syncer.flow.parking import parked
from syncer.model.run import LedgerResult, LedgerStatus, OutcomeTotal, run_stamp
from syncer.model.standstill import Standstill
from syncer.store import open_store

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def heard() -> Iterator[tuple[str, list[str]]]:
    """A service on this machine that waits for signs of life: its address, and what it heard."""
    paths: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/canary-uuid", paths
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_good_run_and_a_bad_one_are_told_outside(office, heard) -> None:
    """start and success; start and /fail; a plan tells nobody. The metrics follow the last run."""
    address, paths = heard
    watch = f'metrics: {{file: "{office.home}/syncer.prom"}}\nhealth: {{ping_url: "{address}"}}\n'
    office.configure(mode="live", extra=watch)
    assert office("plan").code == 0
    assert office("run").code == 0
    assert paths == ["/canary-uuid/start", "/canary-uuid"]
    figures = (office.home / "syncer.prom").read_text()
    assert "syncer_run_exit_code 0\n" in figures
    assert 'syncer_ledger_silent{ledger="north"} 0.0' in figures
    (office.home / "south" / "open.csv").unlink()
    done = office("run")
    assert done.code != 0
    assert paths[2:] == ["/canary-uuid/start", "/canary-uuid/fail"]
    assert 'status="failed"} 1.0' in (office.home / "syncer.prom").read_text()
    assert "canary" not in done.out + done.err + office("config", "show", "--resolved").out


def test_a_run_that_could_not_read_says_nothing_of_what_is_open(office) -> None:
    """No figure, where 0 would read as a ledger in which everything was paid."""
    office.configure(mode="live")
    assert office("run").code == 0
    (office.home / "south" / "open.csv").unlink()
    assert office("run").code != 0
    told = {one["ledger"]: one for one in office("status", "--json").data}
    assert told["north"]["open_items"] > 0
    assert (told["south"]["status"], told["south"]["open_items"]) == ("failed", None)


def test_a_ping_that_nobody_hears_fails_nothing(office) -> None:
    """The run is what it was; a remark says that the ping was not heard, and not its address."""
    office.configure(mode="live", extra='health: {ping_url: "http://127.0.0.1:9/canary-uuid"}\n')
    done = office("run")
    assert done.code == 0
    assert "health.ping_url was not heard" in done.err
    assert "canary" not in done.err


def test_status_of_each_ledger(office) -> None:
    """When it last completed and how; exit code 1 once one has been silent for too long."""
    office.configure(mode="live")
    first = office("status", "--json")
    assert first.code == 0  # only ever looked at: counted from that look, which was just now
    assert [one["completed_at"] for one in first.data] == [None, None]
    assert office("run", "--ledger", "north").code == 0
    told = {one["ledger"]: one for one in office("status", "--json").data}
    assert told["north"]["completed_at"]
    assert (told["north"]["status"], told["north"]["silent"]) == ("ok", False)
    money = told["north"]["money"]["GBP"]
    assert Decimal(money["due_now"]) + Decimal(money["held"]) == Decimal("90820.00")  # weekends
    assert money["not_due"] == "80.00"
    assert told["south"]["completed_at"] is None
    only = office("status", "--ledger", "north")
    assert (only.code, "south" in only.out) == (0, False)
    store = open_store(f"sqlite:///{office.home}/state.db")
    store.begin_run("20200101T000000Z-x", command="run", at=LONG_AGO, config_digest="")
    store.close()
    forgotten = office("status")
    assert forgotten.code == 0  # south was at least looked at since, so it counts from there
    with_west = office.config.read_text().replace("name: south", "name: west")
    office.config.write_text(with_west)
    forgotten = office("status")
    assert forgotten.code == 1
    assert re.search(r"west .*SILENT: never run, others were for [\d,]+ days", forgotten.out)
    assert "mode: plan" not in forgotten.out
    office.configure(mode="plan")  # "for a week"
    told = office("status").out.splitlines()
    assert [row.split()[0] for row in told if "mode: plan, so nothing is sent" in row] == [
        "north",
        "south",
    ]


def test_a_parked_ledger_is_shown_and_unlocked(office) -> None:
    """The table, the report, the metrics and the run say until when; unlock has it asked again."""
    office.configure(mode="live", extra=f'metrics: {{file: "{office.home}/syncer.prom"}}\n')
    assert office("run").code == 0
    until = _limited(office, "north")
    said = f"north is parked until {until:%Y-%m-%d %H:%M} UTC: its day's calls are used up"
    done = office("run")
    assert (done.code, said in done.out) == (0, True)
    assert (
        f'parked_until_timestamp_seconds{{ledger="north"}} {until.timestamp()!r}'
        in (office.home / "syncer.prom").read_text()
    )
    pages = [html.unescape(page.read_text()) for page in (office.home / "reports").rglob("*.html")]
    assert any(said in page for page in pages)
    seen = {one["ledger"]: one for one in office("status", "--json").data}
    assert seen["south"]["parked_until"] is None
    assert datetime.fromisoformat(seen["north"]["parked_until"]) == until
    assert office("unlock", "south", "--json").data["unparked"] is False
    assert office("unlock", "north", "--json").data == {
        "ledger": "north",
        "freed": False,
        "unparked": True,
    }
    assert "nobody holds it" in office("unlock", "north").out
    assert said not in office("run").out
    assert office("log", "--verify").code == 0


def _limited(office, ledger: str) -> datetime:
    """As if a run just now had met a limit that ends in five hours; when that is."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    until = now + timedelta(hours=5)
    store = open_store(f"sqlite:///{office.home}/state.db")
    run_id = f"{run_stamp(datetime.now(UTC))}-zz"
    store.begin_run(run_id, command="run", at=now, config_digest="")
    session = store.take_lease(ledger, owner=run_id, now=now, until=until)
    result = LedgerResult(
        ledger=ledger,
        connector="csv_folder",
        mode="live",
        status=LedgerStatus.LIMITED,
        limited_until=until,
        limited_scope="day",
        parked=True,
    )
    session.finish_run(run_id, result)
    session.release()
    assert parked(store, ledger, now=datetime.now(UTC)) is not None
    store.close()
    return until


def test_status_says_what_is_due_and_what_waits_for_approval() -> None:
    """Nothing else is wrong with the ledger, and still somebody has to look."""
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    last = LedgerResult(
        ledger="north", connector="x", mode="live", status=LedgerStatus.OK, approvals=2
    )
    due = OutcomeTotal(code="step_due", currency="GBP", items=1, amount=Decimal("1000.50"))
    last = replace(last, outcomes=(due,), open_totals=(("GBP", due.amount),))
    one = Standstill(
        ledger="north", completed_at=now, last_at=now, last=last, since=now, silent=False
    )
    assert due_of(one) == "1,000.50 GBP"
    assert says(one, now, 4) == "2 contacts wait for approval: syncer outbox list"
