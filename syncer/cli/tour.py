"""The tour behind ``make run``: two sandbox ledgers, the real job against them, and the outcome.

The job is the one that ``syncer run`` does, in live mode over HTTP; only its clock is the
sandboxes', so that a month can be played in a minute and a Sunday shows a working day.
"""

import os
from pathlib import Path

import typer

from syncer.cli import tour_story as story
from syncer.cli.call import Call
from syncer.cli.effects_shown import names_of
from syncer.cli.stopping import SWITCH, Stopped
from syncer.cli.tour_ledgers import COMPANIES, Ledgers, Neighbour, running
from syncer.cli.work import Done, cycle
from syncer.errors import ConfigError
from syncer.model.effect import EffectState
from syncer.ports import OutboxFilter

PLACE_VARIABLE = "SANDBOX_DIR"  # what config/demo.yaml reads


def take(call: Call, directory: Path, *, days: int, port: int) -> None:
    """Play ``days`` days and print what happened. The exit code is that of the worst day."""
    place = (directory / "demo").resolve()
    place.mkdir(parents=True, exist_ok=True)
    before = story.letters(place)
    with running(place, port) as ledgers:
        os.environ[PLACE_VARIABLE] = str(place)
        for one in ledgers.ones:
            os.environ[one.company.variable] = one.url
        story.introduce(call.screen, ledgers, place)
        _log_in(call, ledgers)
        played = _play(call, ledgers, days)
        tale = story.Tale(call.screen, ledgers, played, place, before, _somebody(call, ledgers))
        story.conclude(tale)
        story.point_onwards(tale, call.config_paths[0])
    worst = max((one.result.exit_code for one in played), default=0)
    if worst:
        raise typer.Exit(worst)


def _somebody(call: Call, ledgers: Ledgers) -> dict[str, str]:
    """Of each ledger a customer who heard from us, in this run or an earlier one."""
    found: dict[str, str] = {}
    with _at_their_time(call, ledgers).worker() as worker:
        for one in ledgers.ones:
            query = OutboxFilter(
                ledger=one.company.ledger, states=(EffectState.DELIVERED,), limit=1
            )
            names = names_of(worker.store, worker.store.effects(query))
            found |= {ledger: name for (ledger, _), name in names.items()}
    return found


def _at_their_time(call: Call, ledgers: Ledgers) -> Call:
    from syncer.bootstrap import Surroundings

    around = Surroundings(clock=ledgers.clock, sleep=ledgers.sleep, monotonic=ledgers.monotonic)
    return Call(call.flags, around, simulated=True)


def _log_in(call: Call, ledgers: Ledgers) -> None:
    """Where a person has to log in once, be that person; the kept login does for later tours."""
    inside = _at_their_time(call, ledgers)
    _check_names(inside)
    for one in ledgers.ones:
        if one.company.login and _needs_login(inside, one):
            story.logged_in(call.screen, one.company, call.config_paths[0])


def _check_names(call: Call) -> None:
    known = {entry.name for entry in call.settings.ledgers}
    wanted = [one.ledger for one in COMPANIES]
    if not known.issuperset(wanted):
        raise ConfigError(
            f"the tour needs ledgers named {' and '.join(wanted)}, as in config/demo.yaml; "
            f"{call.config_paths[0]} has {', '.join(sorted(known))}"
        )


def _needs_login(call: Call, one: Neighbour) -> bool:
    from syncer.bootstrap import line_to

    with call.worker() as worker:
        line = line_to(call.settings, one.company.ledger, worker.store, call.around)
        keeper = line.keeper()
        if keeper is None or (one.known and keeper.kept() is not None):
            return False
        pages: list[str] = []
        line.log_in(show=pages.append, ask=lambda: one.consent(pages[-1]))
    return True


def _play(call: Call, ledgers: Ledgers, days: int) -> list[Done]:
    played: list[Done] = []
    if days == 1:
        call.screen.say(f"$ syncer run --config {call.config_paths[0]}")
    for number in range(days):
        if number:
            ledgers.next_day()
        done = cycle(_at_their_time(call, ledgers))
        played.append(done)
        story.day(call.screen, done, alone=days == 1)
        if SWITCH.code:
            raise Stopped(SWITCH.code)
    return played
