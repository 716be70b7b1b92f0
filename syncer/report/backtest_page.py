"""The page and the document of a backtest: what one or two policies would have done.

Same facts, same bytes: nothing in it is of the day on which it was made.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from syncer.model.money import ZERO
from syncer.policy.replay.tally import Backtest, Tally
from syncer.report.files import write_whole
from syncer.report.page import environment
from syncer.report.summary import amount_text
from syncer.report.words import sentence

PAGE, DOCUMENT = "backtest.html", "backtest.json"
ACCOUNTS_SHOWN = 50
CLAIM = (
    "Played over what happened under the policy of that time. It says who would have been written "
    "to, when and about what; it says nothing about whether anybody would have paid sooner."
)
UNKNOWN = (
    "Addresses, groups and due dates are not known as they were then, and credits count as not "
    "given. Payments count from the day after they came, promises, plans and disputes from the day "
    "after they were entered here."
)


def document(tests: Sequence[Backtest]) -> bytes:
    """All of it as JSON, amounts as text."""
    ledgers = msgspec.to_builtins(list(tests))
    for tally in (tally for one in ledgers for tally in one["tallies"]):
        for account in tally["by_account"]:
            del account["name"]  # customers' names enter no file but the page
    plain = {"claim": CLAIM, "unknown": UNKNOWN, "ledgers": ledgers}
    return json.dumps(plain, indent=2, ensure_ascii=False).encode()


def page(tests: Sequence[Backtest]) -> str:
    """The same for people."""
    return (
        environment()
        .get_template("backtest.html.j2")
        .render(ledgers=[_ledger(one) for one in tests], claim=CLAIM, unknown=UNKNOWN)
    )


def write_backtest(tests: Sequence[Backtest], folder: Path) -> tuple[Path, Path]:
    """Both files into ``folder``; says where. Raises OSError."""
    html, data = folder / PAGE, folder / DOCUMENT
    write_whole(html, page(tests).encode())
    write_whole(data, document(tests))
    return html, data


def _ledger(test: Backtest) -> dict[str, Any]:
    steps = list(dict.fromkeys(one.step for tally in test.tallies for one in tally.steps))
    limits = sorted({code for tally in test.tallies for code, _ in tally.limited})
    return {
        "name": test.ledger,
        "span": f"{test.first.isoformat()} to {test.last.isoformat()}",
        "history_from": test.history_from.isoformat() if test.history_from else "nothing known",
        "policies": [f"{tally.policy} ({tally.version})" for tally in test.tallies],
        "figures": figures(test.tallies),
        "steps": [(step, [_of_step(tally, step) for tally in test.tallies]) for step in steps],
        "weekdays": [
            (name, [dict(tally.weekdays)[name] for tally in test.tallies])
            for name, _ in test.tallies[0].weekdays
        ],
        "limits": [
            (sentence(code), [dict(tally.limited).get(code, 0) for tally in test.tallies])
            for code in limits
        ],
        "accounts": [_accounts(tally) for tally in test.tallies],
    }


def figures(tallies: Sequence[Tally]) -> list[tuple[str, list[str]]]:
    """Rows of the comparison: a name, and a value for each policy."""
    currencies = sorted({currency for tally in tallies for currency, _ in tally.asked})
    return [
        ("accounts with invoices", [str(one.accounts) for one in tallies]),
        ("accounts written to", [str(one.contacted) for one in tallies]),
        ("contacts", [str(one.contacts) for one in tallies]),
        ("of these paid within 48 hours anyway", [_share(one) for one in tallies]),
        ("invoices asked for", [str(one.invoices) for one in tallies]),
        *[
            (
                f"asked for in {currency}, each time counted",
                [_asked(one, currency) for one in tallies],
            )
            for currency in currencies
        ],
        *[
            (
                f"overdue in {currency}, of it asked for at least once",
                [_covered(one, currency) for one in tallies],
            )
            for currency in sorted({name for tally in tallies for name, _ in tally.overdue})
        ],
        *[
            (
                f"charges named in {currency}, by checked rows",
                [amount_text(dict(one.charged).get(currency, ZERO), currency) for one in tallies],
            )
            for currency in sorted({name for tally in tallies for name, _ in tally.charged})
        ],
        ("days from due to the first contact: middle, longest", [_lag(one) for one in tallies]),
        ("steps that a limit held back", [_limited(one) for one in tallies]),
        ("busiest day", [_busiest(one) for one in tallies]),
    ]


def _share(tally: Tally) -> str:
    if not tally.contacts:
        return "0"
    return f"{tally.paid_soon} ({100 * tally.paid_soon // tally.contacts} %)"


def _asked(tally: Tally, currency: str) -> str:
    return amount_text(dict(tally.asked).get(currency, ZERO), currency)


def _lag(tally: Tally) -> str:
    return "none" if tally.first_lag is None else f"{tally.first_lag}, {tally.first_lag_most}"


def _covered(tally: Tally, currency: str) -> str:
    overdue = dict(tally.overdue).get(currency, ZERO)
    covered = dict(tally.covered).get(currency, ZERO)
    share = f" ({100 * covered / overdue:.0f} %)" if overdue else ""
    return f"{amount_text(overdue, currency)}: {amount_text(covered, currency)}{share}"


def _limited(tally: Tally) -> str:
    return str(sum(count for _, count in tally.limited))


def _busiest(tally: Tally) -> str:
    if not tally.busiest:
        return "none"
    day, count = tally.busiest[0]
    return f"{day.isoformat()}: {count}"


def _of_step(tally: Tally, step: str) -> str:
    found = next((one for one in tally.steps if one.step == step), None)
    return f"{found.contacts}, {found.paid_soon} paid soon" if found else "0"


def _accounts(tally: Tally) -> dict[str, Any]:
    shown = tally.by_account[:ACCOUNTS_SHOWN]
    return {
        "policy": tally.policy,
        "rows": [
            (
                one.name or one.account_id,
                one.contacts,
                ", ".join(f"{step} {n}" for step, n in one.steps),
            )
            for one in shown
        ],
        "more": len(tally.by_account) - len(shown),
    }
