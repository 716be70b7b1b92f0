"""What stands beside a hold: entered twice it is refused, and ended it leaves the others."""

from decimal import Decimal

import pytest

from syncer.cli.hold_checks import checked_currency, refuse_credit, refuse_nothing_open
from syncer.errors import ConfigError
from syncer.model.ledger import ItemKind
from tests.unit.policy.make import credit, invoice, snapshot

FAR = ("--until", "2999-12-31", "--reason", "Goods damaged")


def test_the_same_dispute_is_not_kept_twice(desk) -> None:
    """Invoice, amount and reason are the same: what stands is named, and nothing more is held."""
    how = ("dispute", "add", "INV-1", "--amount", "50", *FAR)
    first = desk(*how, "--json").data["hold"]["hold_id"]
    done = desk("dispute", "add", "INV-1", "--amount", "50.00", *FAR[:3], "goods DAMAGED")
    assert done.code == 2
    assert f"it stands already: {first} (50.00 GBP of invoice INV-1, until 2999-12-31)" in done.err
    [entry] = desk("dispute", "list", "--json").data
    assert entry["hold"]["hold_id"] == first


@pytest.mark.parametrize(
    ("standing", "new", "kept"),
    [
        (("INV-1", "50"), ("INV-1", "70"), True),
        (("INV-1", "50"), ("INV-1", "70.01"), False),
        (("INV-1", "50"), ("INV-1", ""), False),
        (("INV-1", "50"), ("INV-2", "80"), True),
        (("Harbour Roofing", "150"), ("INV-1", "60"), False),
        (("INV-1", "120"), ("Harbour Roofing", "80"), True),
        (("INV-1", "120"), ("Harbour Roofing", "80.01"), False),
        (("Harbour Roofing", ""), ("INV-1", "1"), False),
    ],
)
def test_disputes_together_may_not_pass_what_is_open(desk, standing, new, kept) -> None:
    """Of 120.00 and 80.00 open no more is disputed than that; who stands in the way is named."""
    first = desk("dispute", "add", *_part(*standing), *FAR, "--json").data["hold"]["hold_id"]
    done = desk("dispute", "add", *_part(*new), *FAR[:3], "Price")
    assert done.code == (0 if kept else 2), done.err
    assert kept or (first in done.err and f"dispute end {first}" in done.err)


def _part(target: str, amount: str) -> tuple[str, ...]:
    return (target, "--amount", amount) if amount else (target,)


def test_a_second_promise_says_how_it_takes_the_place_of_the_first(desk) -> None:
    """One promise at a time speaks of an invoice; once the first is ended, the new one is kept."""
    first = desk("promise", "add", "INV-1", *FAR, "--json").data["hold"]["hold_id"]
    for target, why in (("INV-1", "Goods damaged"), ("Harbour Roofing", "by mail")):
        done = desk("promise", "add", target, "--until", "2027-01-15", "--reason", why)
        assert done.code == 2
        assert f"promise end {first}) and enter the new one then" in done.err
    assert desk("promise", "add", "INV-2", "--until", "2027-01-15", "--reason", "mail").code == 0
    assert desk("promise", "end", first).code == 0
    again = desk("promise", "add", "INV-1", "--until", "2027-01-15", "--reason", "by mail")
    assert again.code == 0, again.err


def test_ending_one_names_what_still_holds(desk) -> None:
    """Contact resumes only once nothing holds the invoice any more."""
    hold = desk("hold", "add", "Harbour Roofing", *FAR, "--json").data["hold"]["hold_id"]
    part = desk("dispute", "add", "INV-1", "--amount", "20", *FAR, "--json").data["hold"]["hold_id"]
    ended = desk("hold", "end", hold)
    assert "may resume" not in ended.out
    assert f"still held there: {part} (20.00 GBP of invoice INV-1, until 2999-12-31)" in ended.out
    assert "contact may resume from the next run on" in desk("dispute", "end", part).out


def test_what_was_settled_makes_room(desk) -> None:
    """An ended dispute is no longer in the sum."""
    first = desk("dispute", "add", "INV-1", *FAR, "--json").data["hold"]["hold_id"]
    assert desk("dispute", "end", first).code == 0
    again = desk("dispute", "add", "INV-1", "--amount", "120", *FAR, "--json").data["hold"]
    assert Decimal(again["amount"]) == 120


def test_hold_list_says_where_everything_else_is_listed(desk) -> None:
    """Nobody takes "no hold" for nothing held: the others are counted, with the verb for each."""
    assert "elsewhere" not in desk("hold", "list").out
    assert desk("dispute", "add", "INV-1", *FAR).code == 0
    assert desk("promise", "add", "INV-2", *FAR).code == 0
    assert desk("promise", "add", "INV-4", *FAR).code == 0
    assert desk("exclude", "add", "Larkfield Brewery", *FAR).code == 0
    told = desk("hold", "list").out
    for count, verb in (("1 dispute", "dispute"), ("2 promises", "promise")):
        assert f"{count} (syncer" in told
        assert f"{verb} list)" in told
    assert "1 exclusion (" in told
    assert desk("hold", "list", "--json").data == []


def test_lists_tell_a_promised_day_and_its_grace_apart(desk) -> None:
    """As explain and why-not do: the day that was said, then how long it is waited for."""
    said = "promised by 2026-12-05, held until 2026-12-07 with 2 days' grace"
    until = ("--until", "2026-12-05", "--reason", "by phone")
    assert said in desk("promise", "add", "INV-1", *until).out
    assert said in desk("promise", "list").out
    assert said in desk("why-not").out
    plan = ("--part", "2026-12-07=300", "--part", "2027-02-08=400")
    assert desk("instalments", "accept", "INV-4", *plan).code == 0
    said = (
        "next instalment 2026-12-07, held until 2026-12-10 with 3 days' grace, "
        "last instalment 2027-02-08"
    )
    assert said in desk("instalments", "list").out
    assert said in desk("why-not").out


def test_a_claim_to_have_paid_says_that_all_of_the_customer_is_held(desk) -> None:
    """It is about one invoice, and none is asked for; its words stand once in the sentence."""
    how = ("reason", "set", "INV-1", "paid_claim", "--note", "paid on Monday")
    told = desk(*how).out
    assert "Harbour Roofing, all invoices, not only 'INV-1': left alone until" in told
    assert "  all invoices  " in desk("reason", "list").out
    said = desk("why-not").out
    assert "has paid, and nobody has checked yet: paid on Monday." in said
    assert "says that it has paid: " not in said
    twice = desk(*how)
    assert (twice.code, "it stands already" in twice.err) == (2, True)
    assert "all of Harbour Roofing: " in desk("reason", "set", "Harbour Roofing", "other").out
    assert "invoice 'INV-4' of Müller" in desk("reason", "set", "INV-4", "cannot_pay").out


@pytest.mark.parametrize("kind", [one for one in ItemKind if one is not ItemKind.INVOICE])
def test_a_credit_is_neither_promised_nor_held(kind) -> None:
    """Nobody has to pay it, so the sentence says what it is; an invoice beside it passes."""
    facts = snapshot(invoice("I1", 9), credit("C1", "20", kind=kind))
    with pytest.raises(ConfigError, match=f"'CN-1' is an? {kind.replace('_', ' ')} and no invoice"):
        refuse_credit(facts, "C1", "CN-1")
    refuse_credit(facts, "I1", "INV-1")


def test_who_owes_nothing_promises_nothing() -> None:
    """A customer with credits alone has no invoice to promise or to dispute."""
    with pytest.raises(ConfigError, match=r"no invoice is open on Harbour, .* for a promise"):
        refuse_nothing_open((), "promise", what="Harbour")
    refuse_nothing_open((invoice("I1", 9),), "promise", what="Harbour")


def test_a_plan_asks_for_a_currency_by_its_own_words() -> None:
    """Nobody gave an amount to `instalments offer`, so none is spoken of."""
    both = (invoice("I1", 9), invoice("I2", 9, currency="EUR"))
    with pytest.raises(ConfigError) as refused:
        checked_currency(both, None, "")
    assert "amount" not in str(refused.value)
    assert "(EUR, GBP); say which one is meant, like --currency EUR" in str(refused.value)
    assert checked_currency(both, None, "EUR") == "EUR"
    with pytest.raises(ConfigError, match="say what --amount is in"):
        checked_currency(both, Decimal(5), "")


def test_a_debt_that_came_back_is_still_left_alone_by_what_else_holds_it(desk) -> None:
    """The end of a hand-over speaks of the others as every other end does."""
    how = ("--to", "agency", "--reason", "no answer", "--incomplete")
    given = desk("handover", "add", "Harbour Roofing", *how, "--json").data["hold"]["hold_id"]
    assert "1 hand-over (" in desk("hold", "list").out
    kept = desk("promise", "add", "INV-1", *FAR, "--json").data["hold"]["hold_id"]
    back = desk("handover", "end", given).out
    assert f"it came back; still held there: {kept} (" in back
    assert "may resume" not in back
