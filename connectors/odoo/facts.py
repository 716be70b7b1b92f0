"""Odoo's structs as the product's records. Pure; raises ``UnreadableError`` for a bad row.

An item is one receivable line: an invoice in instalments has several, each with its own day.
Its id is the entry's and the line's number, ``MOVE.LINE``. What is left on a line stands twice:
``amount_residual`` in the company's currency, ``amount_residual_currency`` in the invoice's.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from email.utils import getaddresses

from connectors.odoo import wire
from connectors.odoo.markup import plain
from connectors.odoo.problems import UnreadableError
from connectors.odoo.questions import SALES
from syncer.model.ledger import (
    Account,
    EarlyPayment,
    ItemKind,
    OpenItem,
    Person,
    Settled,
    Stop,
)
from syncer.model.marked import marked_line
from syncer.model.money import keepable

NOBODY = "none"  # the account of lines that name no partner
_ZERO, _ONE = Decimal(0), Decimal(1)
_CENT = Decimal("0.01")
_LIMIT_MAX = Decimal(10) ** 13  # a larger credit limit is none
_NOISE = Decimal("0.000001")  # of a float's last digits, far below any minor unit
_RATE_STEP = Decimal("0.0000000001")
_OPEN_STATES = frozenset({"not_paid", "partial"})
_PAID_STATES = frozenset({"in_payment", "paid"})
_ROLES = {"followup": "collections", "invoice": "invoice"}


class Currencies:
    """Odoo's currencies by number, and the company's own."""

    def __init__(self, rows: Sequence[wire.Currency], base: int) -> None:
        self._by_id = {row.id: (row.name, row.decimal_places) for row in rows}
        self._steps = {row.id: Decimal(1).scaleb(-row.decimal_places) for row in rows}
        self.base = base

    def code(self, currency_id: int) -> str:
        """ISO 4217. Raises UnreadableError for a number that was not listed."""
        try:
            return self._by_id[currency_id][0]
        except KeyError:
            raise UnreadableError("its currency is not listed by Odoo") from None

    def number(self, code: str) -> int:
        """Odoo's number of a currency. Raises UnreadableError where it has none."""
        for number, (name, _) in self._by_id.items():
            if name == code:
                return number
        raise UnreadableError(f"Odoo has no currency {code}")

    def amount(self, value: Decimal, currency_id: int) -> Decimal:
        """``value`` in the currency's own decimals. A difference beyond a float's noise is
        no amount of that currency and is refused.
        """
        exact = value.quantize(self._steps[currency_id], rounding=ROUND_HALF_UP)
        if abs(exact - value) > _NOISE or not keepable(exact):
            raise UnreadableError("an amount has more decimals than its currency, or too many")
        return exact


def never_mailed(_: int) -> date | None:
    """Where Odoo's mails are not looked at."""
    return None


def open_item(
    row: wire.Line, currencies: Currencies, mailed: Callable[[int], date | None] = never_mailed
) -> OpenItem | None:
    """A receivable line; None when nothing is left on it in its own currency.

    ``mailed`` gives the day on which Odoo last mailed an entry.
    """
    if row.parent_state != "posted":
        raise UnreadableError("a line of an entry that is not posted came back")
    currency = currencies.code(row.currency_id)
    left = currencies.amount(row.amount_residual_currency, row.currency_id)
    total = currencies.amount(row.amount_currency, row.currency_id)
    if not left:
        return None
    owed = left > 0
    issued = day(row.invoice_date) or day(row.date)
    return OpenItem(
        item_id=item_id(row.move_id.id, row.id),
        account_id=owner_id(row.partner_id),
        kind=ItemKind.INVOICE if owed else _credit_kind(row),
        number=text(row.move_name),
        currency=currency,
        total=abs(total),
        open=abs(left),
        issued_on=issued,
        due_on=_due(row) if owed else None,
        reference=text(row.move_id.ref),
        expected_on=day(row.expected_pay_date) if owed else None,
        sent=row.move_id.is_move_sent if row.move_type in SALES else None,
        sent_on=mailed(row.move_id.id) if row.move_type in SALES else None,
        rate_to_base=_rate(row, currencies.base),
        stop=_stop(row) if owed else None,
        early_payment=_early(row, total, left, currencies) if owed else None,
    )


def settled(row: wire.SettledLine, currencies: Currencies) -> Settled | None:
    """A line that money has settled; None where it was credit alone, or nobody says when."""
    others = [match.credit_move_id for match in row.matched_credit_ids]
    paid = [
        match.max_date
        for match, other in zip(row.matched_credit_ids, others, strict=True)
        if isinstance(other, wire.CounterLine) and other.move_type != "out_refund"
    ]
    all_money = all(isinstance(other, wire.CounterLine) and other.is_money for other in others)
    days = [one for one in map(day, paid) if one is not None]
    if not days:
        return None
    return Settled(
        item_id=item_id(row.move_id.id, row.id),
        account_id=owner_id(row.partner_id),
        currency=currencies.code(row.currency_id),
        amount=currencies.amount(row.amount_currency, row.currency_id),
        issued_on=day(row.invoice_date),
        due_on=day(row.date_maturity),
        paid_on=max(days),
        credited=Decimal(0) if all_money else None,
    )


def account(
    row: wire.Partner, contacts: Iterable[wire.Contact], do_not_chase: Collection[str]
) -> Account:
    """A customer with those of its contacts that have a role. ``do_not_chase`` is case-folded.

    A partner that became a contact of another one says whose.
    """
    groups = tuple(text(tag.name) for tag in row.category_id)
    country = row.country_id.code if isinstance(row.country_id, wire.Coded) else ""
    region = row.state_id.code if isinstance(row.state_id, wire.Coded) else ""
    below = row.commercial_partner_id != row.id
    policy = row.credit_policy_id
    excluded = isinstance(policy, wire.Policy) and policy.do_nothing
    return Account(
        account_id=str(row.id),
        name=text(row.name),
        people=_people(row, contacts),
        language=language(text(row.lang)),
        country=text(country),
        region=text(region),
        phone=text(row.phone),
        groups=groups,
        archived=not row.active,
        merged_into=str(row.commercial_partner_id) if below else "",
        do_not_chase=(
            row.no_overdue_reminder
            or excluded
            or any(group.casefold() in do_not_chase for group in groups)
        ),
        tax_number=text(row.vat).strip(" /"),
        credit_limit=_credit_limit(row),
        note=marked_line(plain(row.comment)) if row.comment else "",
    )


def _credit_limit(row: wire.Partner) -> Decimal | None:
    """The partner's own limit, in the company's currency; None where it has none of its own."""
    if not row.use_partner_credit_limit or not _ZERO < row.credit_limit < _LIMIT_MAX:
        return None
    return row.credit_limit.quantize(_CENT, rounding=ROUND_HALF_UP)


def nobody() -> Account:
    """Who owes what names no partner: counted, and never written to."""
    return Account(account_id=NOBODY, name="(no partner in Odoo)", do_not_chase=True)


def merged(account_id: int, survivor: str) -> Account:
    """A partner that was merged into another one and is not there any more."""
    return Account(
        account_id=str(account_id), name=f"(merged into {survivor})", merged_into=survivor
    )


def item_id(move: int, line: int) -> str:
    """The product's id of a line."""
    return f"{move}.{line}"


def move_of(item: str) -> int:
    """The entry that an item is a line of; 0 when the id is none of ours."""
    move, _, line = item.partition(".")
    plain = move.isdecimal() and line.isdecimal() and move.isascii() and line.isascii()
    return int(move) if plain else 0


def owner_id(owner: object) -> str:
    """The account a line is on, by the ``partner_id`` it names or not."""
    return str(owner.commercial_partner_id) if isinstance(owner, wire.Owner) else NOBODY


def text(said: wire.Text) -> str:
    """An optional text; Odoo's ``false`` is none."""
    return said if isinstance(said, str) else ""


def day(said: wire.Day) -> date | None:
    """An optional day. Raises UnreadableError for a text that is none."""
    if not isinstance(said, str):
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise UnreadableError("a date cannot be read") from None


def language(code: str) -> str:
    """BCP 47 of Odoo's ``de_CH`` and ``sr@latin``."""
    plain, _, script = code.partition("@")
    plain = plain.replace("_", "-")
    scripts = {"latin": "Latn", "Cyrl": "Cyrl", "cyrillic": "Cyrl"}
    return f"{plain}-{scripts[script]}" if script in scripts else plain


def _people(row: wire.Partner, contacts: Iterable[wire.Contact]) -> tuple[Person, ...]:
    """Contacts for follow-ups, then for invoices; the customer's own address where it has none
    of these. Odoo's address field may hold several.
    """
    roles = {role: index for index, role in enumerate(_ROLES)}
    ranked = sorted(
        (one for one in contacts if one.active and text(one.email)),
        key=lambda one: (roles.get(text(one.type), len(roles)), one.id),
    )
    found: dict[str, Person] = {}
    for one in ranked:
        for address in addresses(text(one.email)):
            role = _ROLES.get(text(one.type), "invoice")
            found.setdefault(
                address.casefold(), Person(email=address, name=text(one.name), role=role)
            )
    if not found:
        for address in addresses(text(row.email)):
            found.setdefault(address.casefold(), Person(email=address))
    return tuple(found.values())


def addresses(field: str) -> list[str]:
    """The addresses in an e-mail field of Odoo's, which takes several, with or without names.

    A field with no address in it is kept as it is: an address that cannot be used holds its
    account, and a person sees why.
    """
    found = [address for _, address in getaddresses([field.replace(";", ",")]) if "@" in address]
    return found or ([field.strip()] if field.strip() else [])


def _credit_kind(row: wire.Line) -> ItemKind:
    return ItemKind.CREDIT_NOTE if row.move_type == "out_refund" else ItemKind.PAYMENT


def _due(row: wire.Line) -> date | None:
    """The day it is due; None for money that went back to the customer: that is not asked for."""
    return None if row.payment_id or row.statement_line_id else day(row.date_maturity)


def _stop(row: wire.Line) -> Stop | None:
    """What Odoo itself says against asking for this line.

    ``in_payment`` and ``paid`` with something left on them: a payment without an entry of its
    own (Odoo 18 on) is on its way and lowers the residual only once the bank shows it.
    """
    state = row.move_id.payment_state
    if row.no_followup or row.blocked or row.move_id.no_overdue_reminder or state == "blocked":
        return Stop.BLOCKED
    if state in _PAID_STATES:
        return Stop.PAYMENT_HELD
    if state in _OPEN_STATES or (row.move_type == "entry" and state in (False, "reversed")):
        return None
    if state == "reversed":
        return Stop.DISPUTED
    raise UnreadableError(f"its payment state {str(state)[:20]!r} is not known")


def _early(
    row: wire.Line, total: Decimal, left: Decimal, currencies: Currencies
) -> EarlyPayment | None:
    """The discount for paying early, which Odoo grants only on what nothing was paid of yet."""
    until = day(row.discount_date)
    if until is None or left != total or row.move_id.payment_state != "not_paid":
        return None
    off = total - currencies.amount(row.discount_amount_currency, row.currency_id)
    return EarlyPayment(until=until, amount=off) if _ZERO < off < left else None


def _rate(row: wire.Line, base: int) -> Decimal | None:
    """Company currency per unit of the line's, as it was booked."""
    if row.currency_id == base:
        return _ONE
    if not row.amount_currency or not row.balance:
        return None
    return abs(row.balance / row.amount_currency).quantize(_RATE_STEP) or None
