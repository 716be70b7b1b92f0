"""A contact is known letter by letter: by currency, by key, and by every fact it rests on."""

import pytest

from syncer.model.decision import AccountSnapshot, Code, Decision, Elsewhere, Reason
from syncer.model.effect import Effect, EffectKind
from syncer.policy.guard import still_due

from .make import TODAY, context, days, invoice, one, policy, snapshot


def answer(fresh: AccountSnapshot, *, currency: str, key: str) -> Decision | Reason:
    """The guard's answer about a contact with this currency and key."""
    effect = Effect(
        key=key,
        ledger="L",
        kind=EffectKind.REMINDER,
        account_id="A1",
        currency=currency,
        channel="smtp",
        step="friendly",
        planned_on=TODAY,
        run_id="r1",
    )
    return still_due(fresh, effect, policy(), context())


@pytest.mark.parametrize("gone", ["AUD", "GBP", "USD"])
def test_a_currency_in_which_nothing_is_open_gets_no_other_answer(gone: str) -> None:
    """What is open in currencies before and after it in the alphabet changes nothing."""
    others = [code for code in ("AUD", "EUR", "GBP", "USD") if code != gone]
    fresh = snapshot(*[invoice(code, currency=code) for code in others])
    assert answer(fresh, currency=gone, key="rs-1") == Reason(code=Code.NOTHING_OPEN)


def test_a_currency_read_from_the_ledger_is_the_same() -> None:
    """Its letters count: the plan's and the fresh one are two texts."""
    due = one(invoice())
    fresh = snapshot(invoice(currency=bytes("GBP", "ascii").decode()))
    found = answer(fresh, currency="GBP", key=due.key)
    assert isinstance(found, Decision)
    assert found.key == due.key


@pytest.mark.parametrize("planned", ["rs-", "rs-" + "f" * 40])
def test_another_key_is_another_contact(planned: str) -> None:
    """Whether it sorts before or after the fresh one, the plan is not what is wanted now."""
    found = answer(snapshot(invoice()), currency="GBP", key=planned)
    assert isinstance(found, Reason)
    assert found.code is Code.STEP_CHANGED


def test_every_fact_that_is_there_belongs_to_the_digest() -> None:
    """Another ledger's contact, another paid invoice, another switch-on: another digest."""
    wrote = [Elsewhere(ledger="south", key=f"s-{ago}", on=TODAY - days(ago)) for ago in (40, 50)]
    paid = [invoice("P1", 60), invoice("P2", 60)]
    by_contact = {one(invoice(), elsewhere=(made,)).digest for made in wrote}
    by_invoice = {one(invoice(), closed=(item,)).digest for item in paid}
    since = {one(invoice(), at=context(live_since=TODAY - days(ago))).digest for ago in (0, 5, 9)}
    assert (len(by_contact), len(by_invoice), len(since)) == (2, 2, 3)
    assert one(invoice(), at=context(live_since=None)).digest in since
