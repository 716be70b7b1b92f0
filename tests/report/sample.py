"""Run results with hostile text in every free field, shared by the report tests."""

from datetime import UTC, date, datetime
from decimal import Decimal

from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.model.run import (
    Asked,
    AskTotal,
    Fate,
    LedgerResult,
    LedgerStatus,
    OutcomeTotal,
    RunResult,
)

HOSTILE = "<script>alert(1)</script> =cmd|' /C calc'!A0 {{ 7 * 7 }} [red]x[/red]"


def outcome(
    code: str, items: int, amount: str, currency: str = "EUR", **left_out: Decimal
) -> OutcomeTotal:
    """One total; ``left_out`` are the credits and held parts of it."""
    whole = Decimal(amount)
    return OutcomeTotal(code=code, currency=currency, items=items, amount=whole, **left_out)


def asks(what: str, fate: str, amount: str, currency: str = "EUR", messages: int = 1) -> AskTotal:
    """What messages of one kind and fate ask for."""
    whole = Decimal(amount)
    named = {"currency": currency, "messages": messages, "amount": whole}
    return AskTotal(what=Asked(what), fate=Fate(fate), **named)  # type: ignore[arg-type]


LESS = {"credits": Decimal("-1250.00"), "held": Decimal("204.10")}


def ledger(name: str = "northwind", **changes: object) -> LedgerResult:
    """A ledger that reconciles in two currencies."""
    values: dict[str, object] = {
        "ledger": name,
        "connector": "xero",
        "mode": "live",
        "status": LedgerStatus.OK,
        "today": date(2026, 11, 20),
        "items_read": 412,
        "accounts_read": 96,
        "accounts_considered": 96,
        "planned": 14,
        "contacted": 12,
        "notes": 12,
        "cancelled": 1,
        "uncertain": 1,
        "outcomes": (
            outcome("step_due", 31, "18204.10", **LESS),
            outcome("heads_up", 9, "5120.00"),
            outcome("not_due", 280, "301422.55"),
            outcome("between_steps", 40, "22110.40"),
            outcome("netted", 6, "-1250.00"),
            outcome("dispute", 4, "9800.00"),
            outcome("promise", 12, "15040.25"),
            outcome("no_address", 2, "410.00"),
            outcome("not_due", 28, "4010000", "JPY"),
        ),
        "open_totals": (("EUR", Decimal("370857.30")), ("JPY", Decimal(4010000))),
        "asks": (
            asks("reminder", "sent", "15000.00", messages=12),
            asks("reminder", "later", "1750.00", messages=2),
            asks("heads_up", "sent", "5120.00", messages=4),
        ),
        "seconds": 3.2,
        "calls": 8,
    }
    return LedgerResult(**(values | changes))  # type: ignore[arg-type]


def run(*ledgers: LedgerResult, exit_code: int = 0) -> RunResult:
    """A run over the given ledgers."""
    return RunResult(
        run_id="r-20261120-0800",
        version="0.1.0",
        command="run",
        started_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        finished_at=datetime(2026, 11, 20, 8, 0, 4, tzinfo=UTC),
        exit_code=exit_code,
        config_digest="4be1c0de",
        policy_version="a81f20",
        ledgers=ledgers or (ledger(),),
    )


def effect(state: EffectState, **changes: object) -> Effect:
    """An outbox row of that run."""
    values: dict[str, object] = {
        "key": f"key-{state}",
        "ledger": "northwind",
        "kind": EffectKind.REMINDER,
        "account_id": "acc-17",
        "currency": "EUR",
        "channel": "smtp",
        "step": "friendly",
        "item_ids": ("a", "b"),
        "amount": Decimal("1350.50"),
        "planned_on": date(2026, 11, 20),
        "run_id": "r-20261120-0800",
        "state": state,
    }
    return Effect(**(values | changes))  # type: ignore[arg-type]
