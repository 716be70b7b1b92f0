"""``risk``: who is slipping before they are late, by how each customer paid so far."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.model.counts import count_text

if TYPE_CHECKING:
    from syncer.flow.risk import Slipping
    from syncer.policy.risk import Risk

TOP = 20
AT_RISK = "at risk"
COLUMNS = (
    "customer",
    "open",
    AT_RISK,
    "grade",
    "expected",
    "usual",
    "drift",
    "trend",
    "limit",
    "why",
)
BASIS = (
    "Counted from each customer's own paid and open invoices, leaning on the whole ledger's where "
    "they are few. It says nothing about why, and it stops neither a sale nor a reminder."
)
WORDS = {
    "expected_late": "expected late",
    "beyond_habit": "later than usual",
    "getting_later": "getting later",
    "promises_broken": "breaks promises",
    "near_limit": "near its credit limit",
    "over_limit": "over its credit limit",
    "credit_check": "check its credit",
}


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shared(risk))


def risk(
    call: Call,
    top: Annotated[
        int, typer.Option("--top", metavar="N", min=0, help="Show so many per ledger; 0 = all.")
    ] = TOP,
) -> None:
    """List customers that will probably pay late, or are over a limit, before they are late."""
    from syncer.flow.risk import slipping

    with call.worker() as worker:
        found = [
            slipping(worker, setup, today=call.today(worker, setup.name))
            for setup in call.ledgers(worker)
        ]
    if call.screen.as_json:
        call.screen.data({"ledgers": [_document(one, top) for one in found], "basis": BASIS})
        return
    for one in found:
        _tell(call, one, top)
    call.screen.say(BASIS)


def _shown(told: "Slipping", top: int) -> "list[Risk]":
    warned = [one for one in told.risks if one.signs]
    return warned[:top] if top else warned


def _document(told: "Slipping", top: int) -> dict[str, object]:
    warned = [one for one in told.risks if one.signs]
    return {
        "ledger": told.ledger,
        "today": told.today,
        "depth": told.depth,
        "accounts": len(told.risks),
        "warned": len(warned),
        "no_history": _no_history(told),
        "risks": msgspec.to_builtins(_shown(told, top), builtin_types=(Decimal,)),
    }


def _no_history(told: "Slipping") -> int:
    return sum(1 for one in told.risks if not one.depth)


def _tell(call: Call, told: "Slipping", top: int) -> None:
    screen = call.screen
    shown = _shown(told, top)
    accounts = count_text(len(told.risks), "customer")
    rests = f"resting on {count_text(told.depth, 'paid invoice')}"
    screen.say(f"{told.ledger} on {told.today}: {accounts} with open invoices, {rests}.")
    if not told.depth:
        screen.say("No paid invoices are known, so nothing can be said but about credit limits.")
    if shown:
        base = shown[0].currency
        columns = [f"{AT_RISK} in {base}" if one == AT_RISK else one for one in COLUMNS]
        screen.table(columns, [_row(one) for one in shown])
        screen.say(
            f"At risk: what is open, times the chance that it comes more than 15 days late; in "
            f"{base}, which {told.ledger} keeps its books in, at the ledger's own rates."
        )
    else:
        screen.say("Nobody gives a sign of paying late.")
    warned = sum(1 for one in told.risks if one.signs)
    if len(shown) < warned:
        screen.say(f"{warned - len(shown)} more give a sign; --top 0 shows all.")
    strangers = _no_history(told)
    if strangers:
        screen.say(
            f"{count_text(strangers, 'customer')} without history: "
            "no grade, and nothing is said about their habits."
        )
    screen.say()


def _row(one: "Risk") -> tuple[str, ...]:
    from syncer.model.money import money_text

    known = one.depth > 0
    return (
        one.name,
        ", ".join(money_text(amount, currency) for currency, amount in one.open.items()),
        "no rate" if one.at_risk is None else _bare(one.at_risk, one.currency),
        one.grade.value if known else "no history",
        _expected(one) if known else "",
        f"{one.usual_late:+}d of {one.depth}" if known else "",
        f"{one.drift:+}d" if one.drift else "",
        _trend(one),
        _limit(one),
        ", ".join(WORDS[sign.value] for sign in one.signs),
    )


def _bare(amount: Decimal, currency: str) -> str:
    """The amount without its currency, which stands at the head of the column."""
    from syncer.model.money import money_text

    return money_text(amount, currency).removesuffix(f" {currency}")


def _expected(one: "Risk") -> str:
    expected = one.expected
    if expected.expected_on is None:
        return f"{expected.number}: not within 180 days of {expected.due_on}"
    until = f" to {expected.until_on}" if expected.until_on else " or much later"
    return f"{expected.number} due {expected.due_on}: {expected.from_on}{until}"


def _trend(one: "Risk") -> str:
    if one.trend is None:
        return ""
    return f"{one.trend.value:+.1f}d, {one.trend.lately} against {one.trend.before}"


def _limit(one: "Risk") -> str:
    from syncer.model.money import money_text

    if one.limit is None:
        return ""
    told = money_text(one.limit.amount, one.limit.currency)
    return f"{told}, no rate" if one.limit_used is None else f"{one.limit_used:.0%} of {told}"
