"""Complaints about runs: silence nobody notices, green after a failure, twice, or not at all."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.cli.health import SOUND_CODES
from syncer.errors import StateError
from syncer.flow.silence import standstills
from syncer.flow.worker import Mode, RunOptions
from syncer.model.effect import EffectState
from syncer.model.outcome import Rejected, Retry, Uncertain
from syncer.model.run import RunResult
from syncer.policy.volume import AlarmCode
from syncer.ports import OutboxFilter
from syncer.report.metrics import exposition, families
from syncer.report.results import write_results
from syncer.report.table import end_text
from syncer.sandbox.faults import READ_FAULTS, FaultKind
from tests.faults.house import House
from tests.faults.sides import BOTH

S = EffectState
DAY = "2026-11-18"


class Deaf:
    """A store whose session never finds anything to send, as a wrong date once made it."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def take_lease(self, *args: Any, **named: Any) -> "Deaf":
        """A session that is deaf too."""
        return Deaf(self._target.take_lease(*args, **named))

    def pending(self, *_: Any, **__: Any) -> tuple[()]:
        """Nothing, whatever is due."""
        return ()


def test_complaint_16_due_and_not_sent_is_an_alarm_and_no_success(bench) -> None:
    """Somebody was due, nobody was contacted, nothing explains it: alarm, exit 1, told aloud."""
    bench.owes(late=10)
    sound = bench.store
    bench.store = Deaf(sound)
    result = bench.run()
    assert (result.exit_code, bench.book.mailbox) == (1, [])
    assert result.exit_code not in SOUND_CODES
    [ledger] = result.ledgers
    assert ledger.alarms == (AlarmCode.NOTHING_SENT,)
    assert "1 contact due and none was made" in end_text(result)
    bench.store = sound
    assert bench.ledger().alarms == ()
    assert len(bench.book.mailbox) == 1


def test_complaint_16_a_reason_for_not_sending_is_no_alarm(bench) -> None:
    """Limits, hours and holds explain a silent run: exit code 0 and no alarm."""
    bench.owes(late=10)
    for options in (RunOptions(sends_max=0), RunOptions(dry_run=True)):
        result = bench.run(options)
        assert (result.exit_code, result.ledgers[0].alarms) == (0, ())


def test_complaint_16_a_ledger_that_no_run_finishes_is_silent(bench) -> None:
    """The dead man's switch: five days without a completed run, and whoever asks is told."""
    bench.owes(late=10)
    bench.run()
    setups = bench.worker().ledgers
    allowed = timedelta(days=4)

    def silent() -> bool:
        now = bench.clock()
        [one] = standstills(bench.store, setups, now=now, allowed=allowed)
        return one.silent

    assert not silent()
    for _ in range(5):
        bench.next_day()
        bench.source.failure = StateError("the ledger is closed")
        bench.run()
    assert silent()


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Rejected(reason="550 no such mailbox"), S.REJECTED),
        (Rejected(reason="550 blocked"), S.REJECTED),
        (Uncertain(evidence="the answer was lost"), S.UNCERTAIN),
    ],
)
def test_complaint_31_bounce_block_and_timeout_end_at_once(bench, outcome, state) -> None:
    """An address that does not work leaves nothing queued: final within two runs, and reported."""
    bench.owes(late=10)
    bench.channel.send = lambda _: outcome
    bench.run()
    bench.next_day()
    ledger = bench.ledger()
    assert [one.state for one in bench.store.effects(OutboxFilter())] == [state]
    assert (ledger.waiting, ledger.contacted) == (1, 0)


def test_complaint_31_what_is_put_off_is_given_up(bench) -> None:
    """A mail server that defers for ever: no line stays queued, a person is told."""
    bench.owes(late=10)
    bench.channel.send = lambda _: Retry(after=timedelta(minutes=15), reason="451 later")
    for _ in range(3):
        bench.run()
        bench.clock.now += timedelta(hours=1)
    [effect] = bench.store.effects(OutboxFilter())
    assert (effect.state, effect.attempt) == (S.REJECTED, 3)


BEFORE_A_MESSAGE = ("login", "invoices", "guard")
"""The calls of a run without which no message goes out."""


def fails_at(house: House, stage: str) -> None:
    """From now on that call of a run is answered with an error."""
    call = getattr(house.side.calls, stage)
    house.side.suffers(call.suffers(FaultKind.SERVER_ERROR, times=0))


_LAST = re.compile(r"^Run \S+ ended with exit code (\d+) \(", re.MULTILINE)


def three_agree(result: RunResult, folder: Path) -> int:
    """Exit code, last line and run_results.json say the same; the code they say."""
    [said] = _LAST.findall(end_text(result))
    kept = json.loads(write_results(result, folder).read_bytes())
    assert int(said) == kept["exit_code"] == result.exit_code
    bad = {one["ledger"] for one in kept["ledgers"] if one["status"] in ("failed", "partial")}
    assert bool(bad) == bool(result.exit_code)
    return result.exit_code


@pytest.mark.parametrize("connector", BOTH)
@pytest.mark.parametrize("stage", BEFORE_A_MESSAGE)
def test_complaint_46_a_fault_at_any_stage_is_no_success(home, connector, stage) -> None:
    """Never exit 0 or a success timestamp after a failure of any call that a message needs."""
    made = House(home, (connector,))
    made.side.late(1)
    made.pass_time(hours=2)  # tokens of an hour are renewed
    fails_at(made, stage)
    result = made.run()
    assert three_agree(result, home / "results") != 0
    assert made.keys() == []
    with made.store() as store, made.worker() as worker:
        now, allowed = made.clock(), timedelta(days=4)
        stands = standstills(store, worker.ledgers, now=now, allowed=allowed)
    told = exposition(families(result, stands, now=now))
    assert f"syncer_run_exit_code {result.exit_code}\n" in told
    assert f'syncer_ledger_completed_timestamp_seconds{{ledger="{made.side.name}"}} 0.0' in told


def test_complaint_46_a_note_put_off_is_said_and_given_up_is_no_success(home) -> None:
    """The message arrived and its note fails: put off and told so; given up, the run fails."""
    made = House(home, ("xero",))
    made.side.late(1)
    fails_at(made, "note")
    assert (three_agree(made.run(), home / "results"), made.last().snoozed) == (0, 1)
    codes = []
    for _ in range(4):
        made.pass_time(days=1)
        codes.append(three_agree(made.run(), home / "results"))
    assert 1 in codes
    assert (len(made.keys()), made.notes()) == (1, [])


def test_complaint_46_a_ledger_that_failed_is_no_success_outside(office, heard) -> None:
    """Also where it is safe to run again: the ping says /fail, and no file calls it completed."""
    address, paths = heard
    office.configure(mode="live", extra=f'health: {{ping_url: "{address}"}}\n')
    assert (office("run").code, paths[-1]) == (0, "/canary-uuid")
    (office.home / "north" / "open.csv").unlink()
    assert office("run").code != 0
    assert paths[-1] == "/canary-uuid/fail"


@pytest.mark.parametrize("kind", READ_FAULTS)
def test_complaint_47_one_last_line_that_agrees_with_code_and_file(home, kind) -> None:
    """Whatever the ledger suffers: one final line, and three places that say the same."""
    made = House(home, ("xero",))
    made.side.late(1)
    made.side.suffers(made.side.calls.invoices.suffers(kind, times=3))
    three_agree(made.run(), home / "results")


@pytest.mark.parametrize("connector", BOTH)
def test_complaint_48_the_run_after_a_kill_tells_what_was_interrupted(home, connector) -> None:
    """Killed in the middle of a send: the next run settles it, and a person finds its trace."""
    made = House(home, (connector,))
    made.side.late(1)
    made.cut("^send$", after=True)
    with made.store() as store:
        assert store.runs() == []  # the killed run has no result, and is not called a good one
    result = made.run()
    [effect] = made.effects()
    assert effect.state is S.UNCERTAIN
    assert (result.exit_code, made.last().uncertain + made.last().waiting > 0) == (1, True)
    assert "may or may not have gone out" in end_text(result)
    assert len(made.keys()) == 1


def test_complaint_48_a_corrupt_state_is_a_clear_error_and_sends_nothing(office) -> None:
    """The file is named, what to do is said, and no message leaves."""
    office.configure(mode="live")
    for file in office.home.glob("state.db*"):
        file.unlink()
    (office.home / "state.db").write_bytes(b"this is no database, and never was one" * 100)
    done = office("run")
    assert done.code != 0
    assert "state.db" in done.err
    assert not list(office.home.glob("mail/**/*.eml"))


POINTS = ("start_sending", "^send$", "settle")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("point", POINTS)
def test_complaint_49_every_message_once_whenever_the_process_dies(home, point, after) -> None:
    """Cut before or after each step of a send: the customer gets one message, never two."""
    made = House(home, ("xero",), provable=True)
    made.side.late(1)
    made.cut(point, after=after)
    made.finish(runs=3)
    assert len(made.keys()) == 1


CANARY = "canary-9b1f77aa"


def test_complaint_50_plans_logs_and_state_hold_no_secret(home) -> None:
    """A secret of the configuration is looked for in everything that a plan and a run leave."""
    made = House(home, ("xero",))
    secret = made.settings.ledgers[0].settings.client_secret
    made.side.late(1)
    made.run(options=RunOptions(command="plan"))
    result = made.run()
    write_results(result, home / "results")
    plain = secret.get_secret_value() if hasattr(secret, "get_secret_value") else str(secret)
    assert len(plain) > 8
    for path in home.rglob("*"):
        if path.is_file() and path.name != "syncer.yaml":
            assert plain.encode() not in path.read_bytes(), path
    assert plain not in end_text(result)


def test_complaint_50_a_canary_in_the_environment_comes_out_nowhere(office) -> None:
    """What stands in the environment enters neither plan, log, report nor state."""
    text = office.config.read_text("utf-8")
    key = f'secrets: {{key: "{CANARY}-thirty-two-characters-long"}}\n'
    office.config.write_text(key + text, "utf-8")
    kept = office.home / "plan.json"
    said = [
        office("plan", "--as-of", DAY, "--out", str(kept), "--log-level", "debug", "--debug"),
        office("config", "show", "--resolved"),
        office("log", "--json"),
    ]
    assert kept.exists()
    for path in office.home.rglob("*"):
        if path.is_file() and path != office.config:
            assert CANARY.encode() not in path.read_bytes(), path
    assert all(CANARY not in done.out + done.err for done in said)


def test_complaint_51_changes_are_0_unless_the_detailed_code_is_asked_for(office) -> None:
    """plan that finds somebody ends with 0; with --detailed-exitcode 10; with nobody always 0."""
    assert office("plan", "--as-of", DAY).code == 0
    assert office("plan", "--as-of", DAY, "--detailed-exitcode").code == 10
    assert office("plan", "--as-of", "2026-09-02", "--detailed-exitcode").code == 0


def test_complaint_52_counters_follow_what_happened(home) -> None:
    """A process that dies before it sends has used up no try and told nobody anything."""
    made = House(home, ("xero",), provable=True)
    made.side.late(1)
    made.cut("start_sending", after=False)
    [effect] = made.effects()
    assert effect.state in (S.CLAIMED, S.PENDING)
    made.run()
    [reminder] = [one for one in made.effects() if one.kind == "reminder"]
    with made.store() as store:
        tries = store.attempts(reminder.key)
    assert [one.outcome for one in tries if one.outcome == "delivered"] == ["delivered"]


def test_complaint_52_idle_runs_tell_once(bench) -> None:
    """One reminder, ten runs in which nothing changes: one message, one note, no more."""
    bench.owes(late=2)
    for _ in range(11):
        bench.run()
        bench.clock.now += timedelta(minutes=30)
    assert (len(bench.book.mailbox), len(bench.book.notes)) == (1, 1)


def test_complaint_54_the_day_that_is_asked_for_decides_not_the_clock(make_bench) -> None:
    """The same as_of at three times of two years: the very same plan, byte for byte."""
    as_of = datetime(2026, 11, 20, tzinfo=UTC).date()
    plans = []
    for at in ((2026, 11, 20, 9), (2026, 11, 23, 23), (2028, 2, 29, 0)):
        bench = make_bench(name=f"at{at[0]}{at[2]}")
        bench.clock.now = datetime(*at, tzinfo=UTC)
        for number in range(5):
            bench.owes(f"I{number}", f"A{number}", late=number * 3 - 4)
        found: list[Any] = []
        bench.run(RunOptions(command="plan", as_of=as_of, on_contact=found.append), mode=Mode.PLAN)
        plans.append([(one.decision, one.effect.planned_on) for one in found])
    assert len(plans[0]) > 1
    assert plans[0] == plans[1] == plans[2]
