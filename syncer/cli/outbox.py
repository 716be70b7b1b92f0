"""``outbox``: what was sent, what waits, and what only a person can settle."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.errors import ConfigError
from syncer.model.effect import Effect, EffectState
from syncer.ports import OutboxFilter
from syncer.report.summary import amount_text

if TYPE_CHECKING:
    from syncer.ports import Store

WAITING = (EffectState.UNCERTAIN, EffectState.REJECTED)
APPROVAL = "waiting for approval"
COLUMNS = (
    "key",
    "ledger",
    "kind",
    "state",
    "customer",
    "account",
    "step",
    "asked",
    "planned",
    "detail",
)

Names = Mapping[tuple[str, str], str]
"""Customers' names by ledger and account id; they are shown on the screen alone."""

Key = Annotated[str, typer.Argument(metavar="KEY", help="Its key, as list shows it.")]
Note = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="How you know; kept in the journal.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What was sent, and what needs a person.", no_args_is_help=True)
    group.command("list")(shared(listing))
    group.command("show")(shared(show))
    group.command("confirm")(shared(confirm, keeps=True))
    group.command("discard")(shared(discard, keeps=True))
    group.command("approve")(shared(approve, keeps=True))
    group.command("retry")(shared(retry, keeps=True))
    app.add_typer(group, name="outbox")


def listing(
    call: Call,
    state: Annotated[
        list[EffectState] | None,
        typer.Option("--state", help="Those in this state; default: what needs a person."),
    ] = None,
    account: Annotated[
        str, typer.Option("--account", metavar="ID", help="Only this account id.")
    ] = "",
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="At most so many.")
    ] = 1000,
) -> None:
    """List what needs a person, or everything in the given states."""
    with call.worker() as worker:
        found = [
            effect
            for setup in call.ledgers(worker)
            for effect in _found(worker.store, setup.name, state, account, limit)
        ][:limit]
        names = names_of(worker.store, found)
    if call.screen.as_json:
        call.screen.data(found)
    elif found:
        call.screen.table(COLUMNS, [row(effect, names) for effect in found])
    else:
        states = [str(one) for one in state or WAITING]
        call.screen.say(f"Nothing is {' or '.join([*states, *([] if state else [APPROVAL])])}.")


def _found(
    store: "Store", ledger: str, state: list[EffectState] | None, account: str, limit: int
) -> list[Effect]:
    """In these states; without any, what needs a person: an approval is asked of one as well."""
    from syncer.flow.approval import waiting

    states = tuple(str(one) for one in state or WAITING)
    query = OutboxFilter(ledger=ledger, states=states, account_id=account, limit=limit)
    found = list(store.effects(query))
    if not state:
        found += [one for one in waiting(store, ledger) if account in ("", one.account_id)]
    return found


def names_of(store: "Store", effects: Sequence[Effect]) -> Names:
    """The customers' names, as far as their ledgers know them."""
    wanted: dict[str, list[str]] = {}
    for effect in effects:
        wanted.setdefault(effect.ledger, []).append(effect.account_id)
    return {
        (ledger, account_id): name
        for ledger, ids in wanted.items()
        for account_id, name in store.account_names(ledger, ids).items()
    }


def row(effect: Effect, names: Names) -> tuple[object, ...]:
    """One line of a table of effects."""
    asked = amount_text(effect.amount, effect.currency) if effect.amount is not None else ""
    return (
        effect.key,
        effect.ledger,
        effect.kind,
        effect.state,
        names.get((effect.ledger, effect.account_id), ""),
        effect.account_id,
        effect.step,
        asked,
        effect.planned_on,
        effect.detail,
    )


def show(call: Call, key: Key) -> None:
    """Show one entry with every attempt that was made."""
    with call.worker() as worker:
        effect = _one(worker.store.effects(OutboxFilter(key=key)), key)
        attempts = worker.store.attempts(key)
        names = names_of(worker.store, [effect])
    if call.screen.as_json:
        call.screen.data({"effect": effect, "attempts": attempts})
        return
    call.screen.table(COLUMNS, [row(effect, names)])
    call.screen.say()
    tries = [(one.number, instant(one.at), one.outcome, one.detail) for one in attempts]
    call.screen.table(("attempt", "at (UTC)", "outcome", "detail"), tries)


def confirm(call: Call, key: Key, note: Note = "") -> None:
    """Say that a message in doubt did go out, or that a refused one was seen to otherwise."""
    _resolve(call, key, delivered=True, note=note)


def discard(call: Call, key: Key, note: Note = "") -> None:
    """Say that a message did not go out; the next run may send the step again."""
    _resolve(call, key, delivered=False, note=note)


def approve(call: Call, key: Key, note: Note = "") -> None:
    """Let a contact go that waits for approval; the next run looks at the account again first."""
    from syncer.flow.approval import approve as let_go

    with call.worker() as worker:
        effect = _one(worker.store.effects(OutboxFilter(key=key)), key)
        if not call.screen.confirm(f"Send the {effect.kind} '{effect.step}' with the next run?"):
            call.screen.say("Nothing was changed.")
            return
        done = let_go(worker, effect, author=getpass.getuser(), note=note)
    if call.screen.as_json:
        call.screen.data(done)
    else:
        call.screen.say(f"{key}: approved; the next run sends it if it is still due")


def retry(call: Call, key: Key, note: Note = "") -> None:
    """Let a refused message or note be tried again, once its cause is mended."""
    with call.worker() as worker:
        effect = _one(worker.store.effects(OutboxFilter(key=key)), key)
        if effect.state is not EffectState.REJECTED:
            raise ConfigError(f"'{key}' is {effect.state}: only what was rejected can be retried")
        if not call.screen.confirm(f"Try the {effect.kind} '{effect.step}' again?"):
            call.screen.say("Nothing was changed.")
            return
        back = worker.store.put_back(key, author=getpass.getuser(), note=note, at=worker.clock())
    if call.screen.as_json:
        call.screen.data(back)
    else:
        call.screen.say(f"{key}: {back.state}; the next run looks at the account again first")


def _resolve(call: Call, key: str, *, delivered: bool, note: str) -> None:
    from syncer.flow.resolve import resolve

    with call.worker() as worker:
        effect = _one(worker.store.effects(OutboxFilter(key=key)), key)
        if effect.state not in WAITING:
            raise ConfigError(
                f"'{key}' is {effect.state}: only what is uncertain or rejected can be settled"
            )
        word = "did go out" if delivered else "did NOT go out"
        if not call.screen.confirm(f"Record that the {effect.kind} '{effect.step}' {word}?"):
            call.screen.say("Nothing was changed.")
            return
        settled = resolve(worker, effect, delivered=delivered, author=getpass.getuser(), note=note)
    if call.screen.as_json:
        call.screen.data(settled)
    else:
        call.screen.say(f"{key}: {settled.state}")


def _one(found: Sequence[Effect], key: str) -> Effect:
    if not found:
        raise ConfigError(f"there is no '{key}' in the outbox; `syncer outbox list` shows keys")
    return found[0]


def instant(at: datetime) -> str:
    """A moment as people read it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
