"""``outbox``: what was sent, what waits, and what only a person can settle."""

import getpass
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.effects_shown import about, by_id, in_order, instant, names_of, subject, tell
from syncer.cli.flags import shared
from syncer.errors import ConfigError
from syncer.model.effect import Effect, EffectState
from syncer.ports import OutboxFilter

if TYPE_CHECKING:
    from syncer.flow.worker import LedgerSetup, Worker
    from syncer.model.effect import Message
    from syncer.ports import Store

WAITING = (EffectState.UNCERTAIN, EffectState.REJECTED)
AS_NOW = "As it would be sent now; documents and links to pay are added when it is sent:"
APPROVAL = "waiting for approval"
_MANY = 100_000  # effects of a ledger that are looked through
Key = Annotated[str, typer.Argument(metavar="ID", help="Its id, as list shows it.")]
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
        str, typer.Option("--account", metavar="CUSTOMER", help="Only this customer: name or id.")
    ] = "",
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="At most so many.")
    ] = 1000,
) -> None:
    """List what needs a person, or everything in the given states."""
    with call.worker() as worker:
        found = [
            effect
            for setup, account_id in of_customer(call, worker, account)
            for effect in _found(worker.store, setup.name, state, account_id)
        ]
        names = names_of(worker.store, found)
        shown = in_order(found, names)[:limit]
    if call.screen.as_json:
        call.screen.data(shown)
    elif shown:
        tell(call.screen, shown, names)
        if len(shown) < len(found):
            call.screen.say(f"{len(found) - len(shown)} more are not shown; --limit shows them.")
    else:
        states = [str(one) for one in state or WAITING]
        call.screen.say(f"Nothing is {' or '.join([*states, *([] if state else [APPROVAL])])}.")


def of_customer(call: Call, worker: "Worker", account: str) -> "Iterator[tuple[LedgerSetup, str]]":
    """The ledgers, each with the id of the customer that was named; "" = of any customer."""
    from syncer.flow.names import did_you_mean, meant

    setups, known = call.ledgers(worker), False
    for setup in setups:
        spelling = meant(worker.store, setup.name, account) if account else ""
        ids = (
            [one for one, _ in worker.store.find_account(setup.name, spelling)] if spelling else []
        )
        known = known or bool(ids)
        if ids or not account:
            yield setup, next(iter(ids), "")
    if account and not known:
        names = [setup.name for setup in setups]
        close = did_you_mean(worker.store, names, account)
        raise ConfigError(f"there is no customer '{account}' in {', '.join(names)}{close}")


def _found(
    store: "Store", ledger: str, state: list[EffectState] | None, account: str
) -> list[Effect]:
    """In these states; without any, what needs a person: an approval is asked of one as well."""
    from syncer.flow.approval import waiting

    states = tuple(str(one) for one in state or WAITING)
    query = OutboxFilter(ledger=ledger, states=states, account_id=account, limit=_MANY)
    found = list(store.effects(query))
    if not state:
        found += [one for one in waiting(store, ledger) if account in ("", one.account_id)]
    return found


def show(
    call: Call,
    key: Key,
    text: Annotated[
        bool,
        typer.Option("--text", metavar="", help="Also the message as it was sent, or would be."),
    ] = False,
) -> None:
    """Show one entry with every attempt that was made."""
    with call.worker() as worker:
        effect = by_id(worker.store, key)
        attempts = worker.store.attempts(effect.key)
        names = names_of(worker.store, [effect])
        numbers = _numbers(worker.store, effect)
        sent = _sent(worker.store, effect) if text else None
        shown = _preview(call, worker, effect) if text and sent is None else ""
    if call.screen.as_json:
        told: dict[str, object] = {"effect": effect, "attempts": attempts}
        ahead = shown if isinstance(shown, str) else shown.text
        words = {"message": sent and sent.text, "preview": ahead or None}
        call.screen.data(told | (words if text else {}))
        return
    for name, value in about(effect, names, numbers):
        call.screen.say(f"{name:<12} {value}")
    call.screen.say()
    tries = [(one.number, instant(one.at), one.outcome, one.detail) for one in attempts]
    if tries:
        call.screen.table(("attempt", "at (UTC)", "outcome", "detail"), tries)
    else:
        call.screen.say("No attempt was made so far.")
    if text:
        call.screen.say()
        _say_message(call, sent or shown, ahead=sent is None)


def _numbers(store: "Store", effect: Effect) -> list[str]:
    """Of the documents it is about, as far as they are still open."""
    snapshot = store.peek(effect.ledger, effect.account_id)
    items = snapshot.items if snapshot else ()
    return [one.number for one in items if one.item_id in effect.item_ids and one.number]


def _sent(store: "Store", effect: Effect) -> "Message | None":
    found = store.evidence(effect.ledger, effect.account_id)
    contacts = found.contacts if found else ()
    kept = [each for one in contacts if one.effect.key == effect.key for each in one.messages]
    return kept[-1].message if kept else None


def _preview(call: Call, worker: "Worker", effect: Effect) -> "Message | str":
    """As it would be sent now, or why nothing can be shown."""
    from syncer.errors import RecordError
    from syncer.flow.preview import preview

    try:
        return preview(worker, effect, today=call.today(worker, effect.ledger))
    except RecordError as error:
        return f"It could not be sent: {error}"


def _say_message(call: Call, sent: "Message | str", *, ahead: bool) -> None:
    if isinstance(sent, str):
        call.screen.say(sent)
        return
    if ahead:
        call.screen.say(AS_NOW)
    call.screen.say(f"From: {sent.sender}")
    call.screen.say(f"To: {', '.join(one.email for one in sent.to)}")
    call.screen.say(f"Subject: {sent.subject}")
    call.screen.say()
    call.screen.say(sent.text.rstrip())


def confirm(call: Call, key: Key, note: Note = "") -> None:
    """Say that a message in doubt did go out, or that a refused one was seen to otherwise."""
    _resolve(call, key, delivered=True, note=note)


def discard(call: Call, key: Key, note: Note = "") -> None:
    """Say that a message did not go out; or no to one that waits for approval."""
    from syncer.flow.approval import can_decline

    with call.worker() as worker:
        declines = can_decline(by_id(worker.store, key))
    if declines:
        _decline(call, key, note=note)
        return
    _resolve(call, key, delivered=False, note=note)


def approve(call: Call, key: Key, note: Note = "") -> None:
    """Let a contact go that waits for approval; the next run looks at the account again first."""
    from syncer.flow.approval import approve as let_go

    with call.worker() as worker:
        effect = by_id(worker.store, key)
        what = subject(effect, names_of(worker.store, [effect]))
        if not call.screen.confirm(f"Send the {what} with the next run?"):
            call.screen.say("Nothing was changed.")
            return
        done = let_go(worker, effect, author=getpass.getuser(), note=note)
    if call.screen.as_json:
        call.screen.data(done)
    else:
        call.screen.say(f"{what}: approved; the next run sends it if it is still due")


def _decline(call: Call, key: str, *, note: str) -> None:
    """No to what a person was asked to approve."""
    from syncer.flow.approval import decline

    with call.worker() as worker:
        effect = by_id(worker.store, key)
        what = subject(effect, names_of(worker.store, [effect]))
        if not call.screen.confirm(f"Never send the {what}?"):
            call.screen.say("Nothing was changed.")
            return
        done = decline(worker, effect, author=getpass.getuser(), note=note)
    if call.screen.as_json:
        call.screen.data(done)
    else:
        call.screen.say(f"{what}: cancelled; this step of this debt is not planned again")


def retry(call: Call, key: Key, note: Note = "") -> None:
    """Let a refused message or note be tried again, once its cause is mended."""
    with call.worker() as worker:
        effect = by_id(worker.store, key)
        if effect.state is not EffectState.REJECTED:
            raise ConfigError(f"'{key}' is {effect.state}: only what was rejected can be retried")
        what = subject(effect, names_of(worker.store, [effect]))
        if not call.screen.confirm(f"Try the {what} again?"):
            call.screen.say("Nothing was changed.")
            return
        back = worker.store.put_back(
            effect.key, author=getpass.getuser(), note=note, at=worker.clock()
        )
    if call.screen.as_json:
        call.screen.data(back)
    else:
        call.screen.say(f"{what}: {back.state}; the next run looks at the account again first")


def _resolve(call: Call, key: str, *, delivered: bool, note: str) -> None:
    from syncer.flow.resolve import resolve

    with call.worker() as worker:
        effect = by_id(worker.store, key)
        if effect.state not in WAITING:
            raise ConfigError(
                f"'{key}' is {effect.state}: only what is uncertain or rejected can be settled"
            )
        what = subject(effect, names_of(worker.store, [effect]))
        word = "did go out" if delivered else "did NOT go out"
        if not call.screen.confirm(f"Record that the {what} {word}?"):
            call.screen.say("Nothing was changed.")
            return
        settled = resolve(worker, effect, delivered=delivered, author=getpass.getuser(), note=note)
    if call.screen.as_json:
        call.screen.data(settled)
    else:
        after = "" if delivered else "; the next run may send the step again if it is still due"
        call.screen.say(f"{what}: recorded that it {word} ({settled.state}){after}")
