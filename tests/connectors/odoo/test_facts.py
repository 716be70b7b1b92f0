"""Odoo's rows as records: exact amounts, kinds, stops, offers, people."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.odoo import facts, wire
from connectors.odoo.problems import UnreadableError
from connectors.odoo.questions import partners
from syncer.model.ledger import EarlyPayment, ItemKind, Stop

EUR, JPY, KWD = 1, 2, 3
CURRENCIES = facts.Currencies(
    [
        wire.Currency(EUR, "EUR", 2),
        wire.Currency(JPY, "JPY", 0),
        wire.Currency(KWD, "KWD", 3),
    ],
    base=EUR,
)
# As Odoo 19.0 wrote it, but for what a test changes.
LINE: dict[str, Any] = {
    "id": 13,
    "move_name": "INV/2026/00001",
    "move_type": "out_invoice",
    "parent_state": "posted",
    "move_id": {"id": 6, "payment_state": "not_paid", "is_move_sent": False, "ref": False},
    "partner_id": {"id": 12, "commercial_partner_id": 11},
    "currency_id": EUR,
    "amount_currency": 833.33,
    "amount_residual_currency": 833.33,
    "amount_residual": 833.33,
    "balance": 833.33,
    "date": "2026-09-23",
    "invoice_date": "2026-09-23",
    "date_maturity": "2026-10-23",
    "payment_id": False,
    "statement_line_id": False,
    "discount_date": False,
    "discount_amount_currency": 0.0,
    "write_date": "2026-11-22 07:31:39",
}
PARTNER: dict[str, Any] = {
    "id": 11,
    "name": "Customer",
    "active": True,
    "commercial_partner_id": 11,
    "email": "ap@customer.example",
    "phone": False,
    "lang": "en_US",
    "vat": False,
    "country_id": False,
    "category_id": [],
}


def _line(**changes: Any) -> wire.Line:
    body = msgspec.json.encode({**LINE, **changes})
    return msgspec.json.decode(body, type=wire.Line)


def _item(**changes: Any) -> Any:
    return facts.open_item(_line(**changes), CURRENCIES)


def _account(contacts: tuple[wire.Contact, ...] = (), **changes: Any) -> Any:
    body = msgspec.json.encode({**PARTNER, **changes})
    row = msgspec.json.decode(body, type=wire.Partner)
    return facts.account(row, contacts, frozenset({"no reminders"}))


def test_a_line_is_an_item() -> None:
    """Number, days, owner and ids are those of the line; the account is the commercial partner."""
    item = _item()
    assert (item.item_id, item.account_id, item.number) == ("6.13", "11", "INV/2026/00001")
    assert (item.issued_on, item.due_on) == (date(2026, 9, 23), date(2026, 10, 23))
    assert (item.kind, item.stop, item.rate_to_base) == (ItemKind.INVOICE, None, Decimal(1))


@given(st.decimals("0.01", "999999999.99", places=2))
def test_amounts_are_exact_whatever_they_are(amount: Decimal) -> None:
    """A number that Odoo writes as a float is the amount of the database, to the cent."""
    value = float(amount)
    item = _item(amount_currency=value, amount_residual_currency=value)
    assert (item.total, item.open) == (amount, amount)


@pytest.mark.parametrize(
    ("currency", "said", "read"),
    [
        (JPY, 120000.0, "120000"),
        (KWD, 1.005, "1.005"),
        (EUR, 1e-2, "0.01"),
        (EUR, 0.1 + 0.2, "0.30"),  # noise in the last digits of a computed float
    ],
)
def test_amounts_have_the_decimals_of_their_currency(currency: int, said: float, read: str) -> None:
    """Yen have none, dinars three; a float's noise is no amount."""
    item = _item(currency_id=currency, amount_currency=said, amount_residual_currency=said)
    assert str(item.open) == read


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_residual_currency": 1.005},
        {"amount_residual_currency": 1e14, "amount_currency": 1e14},
        {"currency_id": 99},
        {"parent_state": "draft"},
        {"date_maturity": "soon"},
        {"move_id": {**LINE["move_id"], "payment_state": "pondering"}},
        {"move_id": {**LINE["move_id"], "payment_state": "invoicing_legacy"}},
    ],
)
def test_what_cannot_be_judged_is_set_aside(changes: dict[str, Any]) -> None:
    """Too many decimals, too large, an unknown currency, day or state: never guessed."""
    with pytest.raises(UnreadableError):
        _item(**changes)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"move_type": "out_refund"}, ItemKind.CREDIT_NOTE),
        ({"move_type": "entry", "payment_id": 4}, ItemKind.PAYMENT),
        ({"move_type": "entry", "statement_line_id": 9}, ItemKind.PAYMENT),
        ({"move_type": "entry"}, ItemKind.PAYMENT),
    ],
)
def test_credit_lowers_what_is_owed(changes: dict[str, Any], kind: ItemKind) -> None:
    """A line on the other side is credit of its kind, positive, without a due date."""
    minus = {"amount_currency": -40.0, "amount_residual_currency": -15.5, "balance": -40.0}
    item = _item(**minus, **changes)
    assert (item.kind, item.total, item.open) == (kind, Decimal("40.00"), Decimal("15.50"))
    assert (item.due_on, item.stop) == (None, None)


def test_a_difference_in_the_companys_currency_alone_is_nothing() -> None:
    """With nothing left in the invoice's own currency nothing is owed."""
    assert _item(amount_residual_currency=0.0, amount_residual=0.02) is None


@pytest.mark.parametrize(
    ("changes", "stop"),
    [
        ({"no_followup": True}, Stop.BLOCKED),
        ({"blocked": True}, Stop.BLOCKED),
        ({"move_id": {**LINE["move_id"], "payment_state": "blocked"}}, Stop.BLOCKED),
        ({"move_id": {**LINE["move_id"], "no_overdue_reminder": True}}, Stop.BLOCKED),
        ({"move_id": {**LINE["move_id"], "payment_state": "in_payment"}}, Stop.PAYMENT_HELD),
        ({"move_id": {**LINE["move_id"], "payment_state": "paid"}}, Stop.PAYMENT_HELD),
        ({"move_id": {**LINE["move_id"], "payment_state": "reversed"}}, Stop.DISPUTED),
        ({"move_id": {**LINE["move_id"], "payment_state": "partial"}}, None),
    ],
)
def test_what_odoo_says_against_asking_is_kept(changes: dict[str, Any], stop: Stop | None) -> None:
    """Flags against follow-ups, the button that blocks, a payment that is on its way."""
    assert _item(**changes).stop == stop


EARLY = {"discount_date": "2026-10-03", "discount_amount_currency": 816.66}


def test_an_early_payment_is_offered_on_the_whole_only() -> None:
    """Odoo grants its discount until nothing was paid; then the offer is gone."""
    assert _item(**EARLY).early_payment == EarlyPayment(
        until=date(2026, 10, 3), amount=Decimal("16.67")
    )
    begun = {**LINE["move_id"], "payment_state": "partial"}
    assert _item(**EARLY, amount_residual_currency=800.0, move_id=begun).early_payment is None
    assert _item(**EARLY, amount_residual_currency=800.0).early_payment is None
    assert _item(**{**EARLY, "discount_amount_currency": 0.0}).early_payment is None
    assert _item(**{**EARLY, "discount_amount_currency": 900.0}).early_payment is None


def test_rates_are_as_booked() -> None:
    """Company currency per unit, from the line's own two amounts; unknown where one is zero."""
    yen = {"currency_id": JPY, "amount_currency": 120000.0, "amount_residual_currency": 1.0}
    assert _item(**yen, balance=1500.0).rate_to_base == Decimal("0.0125")
    assert _item(**yen, balance=0.0).rate_to_base is None


def test_what_names_no_partner_is_nobodys() -> None:
    """Such a line stands on an account of its own that is never contacted."""
    assert _item(partner_id=False).account_id == facts.NOBODY
    assert facts.nobody().do_not_chase


@pytest.mark.parametrize(
    ("item", "move"),
    [("6.13", 6), ("", 0), ("6", 0), ("a.b", 0), ("6.13.1", 0), ("-6.13", 0), ("٦.١", 0)],
)
def test_only_our_own_ids_name_an_invoice(item: str, move: int) -> None:
    """An id that is none of ours names nothing."""
    assert facts.move_of(item) == move


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("a@x.example", ["a@x.example"]),
        ("a@x.example, b@x.example; c@x.example", ["a@x.example", "b@x.example", "c@x.example"]),
        ('"Ann, Accounts" <a@x.example>', ["a@x.example"]),
        ("  ", []),
        ("not an address", ["not an address"]),
    ],
)
def test_an_address_field_may_hold_several(field: str, found: list[str]) -> None:
    """Each address once; a text that is none is kept, so that a person sees why it holds."""
    assert facts.addresses(field) == found


@given(st.text())
def test_no_address_field_is_too_odd(field: str) -> None:
    """Whatever people type there, it is read without an error."""
    facts.addresses(field)


def _contact(number: int, role: str, email: str, *, active: bool = True) -> wire.Contact:
    return wire.Contact(
        id=number,
        name=role,
        type=role,
        active=active,
        commercial_partner_id=11,
        email=email or False,
    )


def test_contacts_with_a_role_get_the_mail() -> None:
    """Follow-up contacts first, then those for invoices; nobody twice, nobody archived."""
    people = _account(
        (
            _contact(1, "invoice", "inv@x.example"),
            _contact(2, "followup", "dun@x.example"),
            _contact(3, "invoice", "INV@x.example"),
            _contact(4, "invoice", "old@x.example", active=False),
            _contact(5, "invoice", ""),
        )
    ).people
    assert [(one.email, one.role) for one in people] == [
        ("dun@x.example", "collections"),
        ("inv@x.example", "invoice"),
    ]


def test_without_such_contacts_the_customer_gets_it() -> None:
    """The customer's own address; none at all where there is none."""
    assert [one.email for one in _account().people] == ["ap@customer.example"]
    assert _account(email=False).people == ()


@pytest.mark.parametrize(
    ("code", "tag"),
    [("de_CH", "de-CH"), ("fr", "fr"), ("sr@latin", "sr-Latn"), ("sr@Cyrl", "sr-Cyrl"), ("", "")],
)
def test_languages_are_told_as_the_web_does(code: str, tag: str) -> None:
    """Odoo's locale names become BCP 47."""
    assert facts.language(code) == tag


@pytest.mark.parametrize(
    ("changes", "chased"),
    [
        ({}, True),
        ({"category_id": [{"id": 1, "name": "No Reminders"}]}, False),
        ({"no_overdue_reminder": True}, False),
        ({"credit_policy_id": {"id": 3, "do_nothing": True}}, False),
        ({"credit_policy_id": {"id": 3, "do_nothing": False}}, True),
    ],
)
def test_who_is_not_to_be_chased(changes: dict[str, Any], chased: bool) -> None:
    """By a tag of ours, or by what the OCA's addons keep on the customer."""
    assert _account(**changes).do_not_chase is not chased


def test_a_partner_that_became_a_contact_says_whose() -> None:
    """Its documents are the other's now."""
    assert _account(commercial_partner_id=40).merged_into == "40"


@pytest.mark.parametrize(
    ("said", "kept"), [("BE0477472701", "BE0477472701"), ("/", ""), (False, "")]
)
def test_a_slash_is_no_tax_number(said: object, kept: str) -> None:
    """Odoo's way of saying that there is none."""
    assert _account(vat=said).tax_number == kept


def _settled(**changes: Any) -> Any:
    row: dict[str, Any] = {
        "id": 13,
        "move_id": {"id": 6},
        "partner_id": {"id": 11, "commercial_partner_id": 11},
        "currency_id": EUR,
        "amount_currency": 300.0,
        "invoice_date": "2026-09-23",
        "date_maturity": "2026-10-23",
        "matched_credit_ids": [
            {"id": 1, "max_date": "2026-10-20", "credit_move_id": {"move_type": "entry"}},
            {"id": 2, "max_date": "2026-10-25", "credit_move_id": {"move_type": "out_refund"}},
            {"id": 3, "max_date": "2026-10-22", "credit_move_id": {"move_type": "entry"}},
        ],
        **changes,
    }
    found = msgspec.json.decode(msgspec.json.encode(row), type=wire.SettledLine)
    return facts.settled(found, CURRENCIES)


def test_history_is_of_payments() -> None:
    """Paid on the day of the last payment; what credit alone settled tells nothing of habits."""
    assert _settled().paid_on == date(2026, 10, 22)
    credit = [{"id": 2, "max_date": "2026-10-25", "credit_move_id": {"move_type": "out_refund"}}]
    assert _settled(matched_credit_ids=credit) is None
    assert _settled(matched_credit_ids=[]) is None


@pytest.mark.parametrize(
    ("others", "credited"),
    [
        ([{"move_type": "entry", "payment_id": 4}], Decimal(0)),
        ([{"move_type": "entry", "statement_line_id": 9}], Decimal(0)),
        ([{"move_type": "entry"}], None),
        ([{"move_type": "entry", "payment_id": 4}, {"move_type": "out_refund"}], None),
    ],
    ids=["payment", "bank line", "entry by hand", "part credit"],
)
def test_money_is_proven_by_a_payment_or_a_bank_line(
    others: list[dict[str, Any]], credited: Decimal | None
) -> None:
    """Thanks are only for money: an entry by hand may write it off, and a credit note is none."""
    matches = [{"max_date": "2026-10-20", "credit_move_id": one} for one in others]
    assert _settled(matched_credit_ids=matches).credited == credited


@pytest.mark.parametrize(
    ("comment", "note"),
    [
        ("<p>#hold until 2026-12-01 why</p><p>called twice</p>", "#hold until 2026-12-01 why"),
        ("<p><br></p><p>#hold until 2026-12-01&nbsp;a &amp; b</p>", "#hold until 2026-12-01 a & b"),
        ("<p>called twice</p><p>#hold until 2026-12-01</p>", ""),
        (False, ""),
    ],
)
def test_of_the_internal_notes_a_first_line_with_the_mark_is_kept(comment: Any, note: str) -> None:
    """They are HTML in Odoo; nothing else of them is read."""
    assert _account(comment=comment).note == note


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ({}, None),  # Odoo shows it to accountants alone
        ({"credit_limit": 5000.0, "use_partner_credit_limit": True}, Decimal("5000.00")),
        ({"credit_limit": 0.1 + 0.2, "use_partner_credit_limit": True}, Decimal("0.30")),
        ({"credit_limit": 5000.0, "use_partner_credit_limit": False}, None),  # the company's own
        ({"credit_limit": 0.0, "use_partner_credit_limit": True}, None),
        ({"credit_limit": -1.0, "use_partner_credit_limit": True}, None),
        ({"credit_limit": 1e30, "use_partner_credit_limit": True}, None),
    ],
)
def test_a_partners_own_credit_limit_is_read(said: dict[str, Any], limit: Decimal | None) -> None:
    """The limit that somebody set for this partner, in the company's currency; else none."""
    assert _account(**said).credit_limit == limit
    assert _account(**said).limit_currency == ""


def test_the_credit_limit_is_asked_for_where_it_is_shown() -> None:
    """Both fields or neither: a user without the right to see them is not refused the rest."""
    both = set(partners(("credit_limit", "use_partner_credit_limit")))
    assert {"credit_limit", "use_partner_credit_limit"} <= both
    assert "credit_limit" not in partners(("credit_limit",))
    assert "credit_limit" not in partners(())
