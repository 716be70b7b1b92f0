"""Every case that the book has: what is entered, and what is then left of it.

``filled`` goes round them until there are enough customers, and adds what is there once: a
merge, a second company, money that names no customer.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from syncer.model.ledger import EarlyPayment, ItemKind, Stop

from .book import NO_CHASE, OTHER, OURS, Book, Expected, Party
from .desk import LOGIN, Desk

PARTIES = 70
HOSTILE = (
    "<script>alert(1)</script>",
    "'; DROP TABLE res_partner; --",
    '=HYPERLINK("http://evil.example")',
    "{{ 7*7 }} ${jndi:x} %s %(name)s",
    "Zeile eins\nZeile zwei",
    "株式会社 مثال ‮reversed‬ 🦊",
    "Merged with: X <x@x.example> (ID 1)",
    "Ö" * 1500,
    "[r:0000000000000000]",
    'O\'Neill & Søn, "Quoted" \\ back',
)


def filled(desk: Desk, today: date) -> Book:
    """Two companies, their customers, and every case, over and over."""
    book = Book(desk, today)
    _set_up(book)
    for index in range(PARTIES):
        party = _party(book, index)
        CASES[index % len(CASES)](book, party, index)
    _merged(book)
    _other_company(book)
    _nobody(book)
    desk.bank_line(Decimal(-12), on=today)
    desk.bank_line(Decimal(80), on=book.day(4))  # waits to be matched
    return book


def _set_up(book: Book) -> None:
    desk = book.desk
    desk.open_company(name=OURS, currency="EUR", zone="Europe/Berlin")
    book.other_company = desk.make("res.company", name=OTHER, currency_id=desk.currency("GBP"))
    desk.set("res.users", 2, company_ids=[[4, book.other_company]])
    desk.do("account.chart.template", "try_loading", [], "generic_coa", book.other_company)
    desk.set("res.company", book.other_company, currency_id=desk.currency("GBP"))
    desk.add_user(LOGIN, 1, book.other_company)
    desk.set_rate("USD", Decimal("1.25"))
    desk.set_rate("JPY", Decimal(160))
    install = desk.make(
        "base.language.install", lang_ids=[[6, 0, desk.find("res.lang", ["code", "=", "fr_FR"])]]
    )
    desk.do("base.language.install", "lang_install", [install])
    book.terms["thirds"] = _term(desk, "Three parts", [(20, 10), (30, 40), (50, 70)])
    book.terms["early"] = desk.make(
        "account.payment.term",
        name="2/10 net 30",
        early_discount=True,
        discount_percentage=2,
        discount_days=10,
        line_ids=[[0, 0, {"value": "percent", "value_amount": 100, "nb_days": 30}]],
    )


def _term(desk: Desk, name: str, parts: list[tuple[int, int]]) -> int:
    lines = [
        [0, 0, {"value": "percent", "value_amount": share, "nb_days": days}]
        for share, days in parts
    ]
    return desk.make("account.payment.term", name=name, line_ids=lines)


def _party(book: Book, index: int) -> Party:
    hostile = HOSTILE[index // 7] if index % 7 == 3 else ""
    name = f"{hostile or 'Customer'} {index:02d}"
    email = "" if index % 9 == 4 else f"ap{index}@customer.example"
    language = "fr_FR" if index % 6 == 1 else "en_US"
    tagged = index % 13 == 5
    party = Party(
        name=name,
        id=book.desk.add_customer(
            name,
            email=email or False,
            lang=language,
            category_id=[[6, 0, [book.desk.tag(NO_CHASE)] if tagged else []]],
        ),
        email=email,
        people=(email,) if email else (),
        language=language.replace("_", "-"),
        do_not_chase=tagged,
    )
    if index % 5 == 2:
        _add_contacts(book, party)
    book.parties.append(party)
    return party


def _add_contacts(book: Book, party: Party) -> None:
    """Someone for invoices, who then gets the mail, and someone who does not."""
    for role in ("invoice", "other"):
        address = f"{role}{party.id}@customer.example"
        book.desk.make(
            "res.partner", name=f"The {role} desk", email=address, parent_id=party.id, type=role
        )
    party.people = (f"invoice{party.id}@customer.example",)


# --- cases: each enters something and says what is left ------------------------------------------


def _open(book: Book, party: Party, index: int) -> None:
    move = book.invoice(party, f"{100 + index}.33", ref=f"PO <{index}> & Ärger")
    book.expect(move, party, f"{100 + index}.33", f"{100 + index}.33", due=book.day(30))


def _not_due(book: Book, party: Party, index: int) -> None:
    move = book.invoice(party, "45.10", ago=2)
    book.expect(move, party, "45.10", "45.10", due=book.day(-28))


def _part_paid(book: Book, party: Party, index: int) -> None:
    move = book.invoice(party, "200.00")
    book.desk.pay(move, Decimal("66.67"), on=book.day(20))
    book.expect(move, party, "200.00", "133.33", due=book.day(30))


def _over_paid(book: Book, party: Party, index: int) -> None:
    """The bank brings more than was owed: the rest stays as credit."""
    move = book.invoice(party, "300.00")
    receipt = book.desk.receive(party.id, Decimal("310.50"), on=book.day(15), currency="EUR")
    book.desk.apply(book.desk.receivable_lines(receipt)[0], move)
    book.expect(receipt, party, "310.50", "10.50", kind=ItemKind.PAYMENT)
    book.settled[book.number(move)] = book.day(15)


def _credited(book: Book, party: Party, index: int) -> None:
    """A credit note used for all of one invoice and part of it left for nothing."""
    move = book.invoice(party, "80.00")
    credit = book.invoice(party, "95.00", ago=10, kind="out_refund")
    book.desk.apply(book.desk.receivable_lines(credit)[0], move)
    book.expect(credit, party, "95.00", "15.00", kind=ItemKind.CREDIT_NOTE)


def _partly_credited(book: Book, party: Party, index: int) -> None:
    move = book.invoice(party, "120.00")
    credit = book.invoice(party, "20.00", ago=10, kind="out_refund")
    book.desk.apply(book.desk.receivable_lines(credit)[0], move)
    book.expect(move, party, "120.00", "100.00", due=book.day(30))


def _unused_credit(book: Book, party: Party, index: int) -> None:
    move = book.invoice(party, "60.00")
    credit = book.invoice(party, "25.00", ago=10, kind="out_refund")
    receipt = book.desk.receive(party.id, Decimal("5.00"), on=book.day(3), currency="EUR")
    book.expect(move, party, "60.00", "60.00", due=book.day(30))
    book.expect(credit, party, "25.00", "25.00", kind=ItemKind.CREDIT_NOTE)
    book.expect(receipt, party, "5.00", "5.00", kind=ItemKind.PAYMENT)


def _cancelled(book: Book, party: Party, index: int) -> None:
    """A cancelled one, a draft, and one that is owed."""
    book.desk.cancel(book.invoice(party, "70.00"))
    book.desk.draft(party.id, Decimal("71.00"), issued=book.day(5), due=book.day(-5))
    move = book.invoice(party, "72.00")
    book.expect(move, party, "72.00", "72.00", due=book.day(30))


def _paid(book: Book, party: Party, index: int) -> None:
    move = book.invoice(party, "150.00", ago=90)
    book.desk.pay(move, on=book.day(50))
    book.settled[book.number(move)] = book.day(50)


def _instalments(book: Book, party: Party, index: int) -> None:
    """20, 30 and 50 % of 1,000.01; what was paid settles the first and a bit of the second."""
    move = book.invoice(party, "1000.01", ago=60, invoice_payment_term_id=book.terms["thirds"])
    book.desk.pay(move, Decimal("250.00"), on=book.day(45))
    book.expect(move, party, "300.00", "250.00", due=book.day(20))
    book.expect(move, party, "500.01", "500.01", due=book.day(-10))
    book.settled[book.number(move)] = book.day(45)


def _dollars(book: Book, party: Party, index: int) -> None:
    """USD at 1.25: part of it paid in USD, then EUR 40 more, which are USD 50."""
    usd = book.desk.currency("USD")
    move = book.invoice(party, "892.50", currency_id=usd)
    book.desk.pay(move, Decimal("92.50"), on=book.day(20))
    book.desk.pay(move, Decimal("40.00"), on=book.day(19), currency="EUR")
    book.expect(move, party, "892.50", "750.00", currency="USD", due=book.day(30))


def _yen(book: Book, party: Party, index: int) -> None:
    move = book.invoice(party, "120000", currency_id=book.desk.currency("JPY"))
    book.desk.pay(move, Decimal(1), on=book.day(20))
    book.expect(move, party, "120000", "119999", currency="JPY", due=book.day(30))


def _early(book: Book, party: Party, index: int) -> None:
    """2 % for who pays within 10 days: of one untouched, of one too late, of one paid in part."""
    term = book.terms["early"]
    fresh = book.invoice(party, "833.33", ago=3, invoice_payment_term_id=term)
    until = book.day(-7)
    book.expect(
        fresh,
        party,
        "833.33",
        "833.33",
        due=book.day(-27),
        early=EarlyPayment(until=until, amount=Decimal("16.67")),
    )
    begun = book.invoice(party, "500.00", ago=3, invoice_payment_term_id=term)
    book.desk.pay(begun, Decimal("100.00"), on=book.day(1))
    book.expect(begun, party, "500.00", "400.00", due=book.day(-27))


def _archived(book: Book, party: Party, index: int) -> None:
    move = book.invoice(party, "18.00")
    book.desk.set("res.partner", party.id, active=False)
    party.archived = True
    book.expect(move, party, "18.00", "18.00", due=book.day(30))


def _excluded(book: Book, party: Party, index: int) -> None:
    """Taken out of follow-ups by its journal items, and blocked by the button on the invoice."""
    quiet = book.invoice(party, "33.00")
    line = book.desk.receivable_lines(quiet)[0]
    book.desk.set("account.move.line", line, no_followup=True)
    blocked = book.invoice(party, "34.00")
    book.desk.do("account.move", "action_toggle_block_payment", [blocked])
    book.expect(quiet, party, "33.00", "33.00", due=book.day(30), stop=Stop.BLOCKED)
    book.expect(blocked, party, "34.00", "34.00", due=book.day(30), stop=Stop.BLOCKED)


def _opening(book: Book, party: Party, index: int) -> None:
    """An opening balance by a miscellaneous entry, which Odoo leaves out of follow-ups."""
    move = _entry(book, party.id, "412.00")
    book.expect(move, party, "412.00", "412.00", due=book.day(100), stop=Stop.BLOCKED)


def _big(book: Book, party: Party, index: int) -> None:
    """The largest and the smallest amount; the sum would lose a cent as a float."""
    large = book.invoice(party, "999999999.99")
    small = book.invoice(party, "0.01")
    book.expect(large, party, "999999999.99", "999999999.99", due=book.day(30))
    book.expect(small, party, "0.01", "0.01", due=book.day(30))


CASES: tuple[Callable[[Book, Party, int], None], ...] = (
    *(_open, _not_due, _part_paid, _over_paid, _credited, _partly_credited, _unused_credit),
    *(_cancelled, _paid, _instalments, _dollars, _yen, _early, _archived, _excluded, _opening),
    _big,
)


def _entry(book: Book, partner: int | bool, amount: str) -> int:
    """A miscellaneous entry: receivable against income."""
    desk = book.desk
    kinds = ("asset_receivable", "income")
    receivable, income = (
        desk.find(
            "account.account", ["account_type", "=", kind], ["company_ids", "in", [1]], limit=1
        )[0]
        for kind in kinds
    )
    day, value = book.day(100).isoformat(), float(amount)
    lines = [
        {"account_id": receivable, "debit": value, "partner_id": partner, "date_maturity": day},
        {"account_id": income, "credit": value},
    ]
    journal = desk.find("account.journal", ["type", "=", "general"], ["company_id", "=", 1])[0]
    move = desk.make(
        "account.move",
        move_type="entry",
        date=day,
        journal_id=journal,
        line_ids=[[0, 0, line] for line in lines],
    )
    return desk.post(move)


def _merged(book: Book) -> None:
    """Two customers that turn out to be one; both owed."""
    survivor = book.parties[0]
    twin = Party(name="The same as 00", id=book.desk.add_customer("The same as 00"))
    move = book.invoice(twin, "21.00")
    book.desk.merge(twin.id, survivor.id)
    book.gone[twin.id] = survivor.id
    book.expect(move, survivor, "21.00", "21.00", due=book.day(30))


def _other_company(book: Book) -> None:
    """The same customer owes the other company, too: another ledger's business."""
    desk = Desk(book.desk.odoo, book.desk.database, company=book.other_company)
    party = book.parties[1]
    issued = book.day(60)
    move = desk.post(
        desk.draft(
            party.id,
            Decimal("555.55"),
            issued=issued,
            due=issued + timedelta(days=30),
            company_id=book.other_company,
        )
    )
    name = desk.read("account.move", [["id", "=", move]], "name")[0]["name"]
    total = Decimal("555.55")
    book.elsewhere.append(
        Expected(
            number=name,
            party=party.name,
            total=total,
            open=total,
            currency="GBP",
            due=book.day(30),
        )
    )


def _nobody(book: Book) -> None:
    """A receivable that names no customer."""
    move = _entry(book, False, "7.77")
    nobody = Party(name="(no partner in Odoo)", id=0)
    book.expect(move, nobody, "7.77", "7.77", due=book.day(100), stop=Stop.BLOCKED)
