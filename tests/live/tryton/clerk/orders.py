"""What the clerk can be told to do. Amounts come as text, days as ISO text; ids go back."""

# ruff: noqa: N806 - what Model.get gives is a class

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from clerk.opening import find, get_accounts, open_books, within
from proteus import Model, Wizard, config

ORDERS: dict[str, Callable] = {}
_terms: dict[tuple, int] = {}


def order(act: Callable) -> Callable:
    """Make a function an order by its name."""
    ORDERS[act.__name__] = act
    return act


ORDERS["open_books"] = open_books


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _record(model: str, number: int) -> object:
    """A record, put away or not."""
    with config.get_config().set_context(active_test=False):
        return Model.get(model)(number)


@order
def parties(company: int, entries: list[dict]) -> list[int]:
    """Customers, entered at once as an import does; their ids in the same order.

    All companies share them, but each has its own word on their language.
    """
    within(company)
    return Model.get("party.party")._proxy.create(
        [_party(**entry) for entry in entries], config.get_config().context
    )


def _party(
    name: str,
    emails: list[dict] = (),
    language: str = "",
    country: str = "",
    phone: str = "",
    category: str = "",
    procedure: int | None = None,
    term: int | None = None,
) -> dict:
    """``emails`` are {value, name, invoice} in their order."""
    ways = [
        {
            "type": "email",
            "value": mail["value"],
            "name": mail.get("name"),
            "invoice": mail.get("invoice", False),
            "sequence": number,
        }
        for number, mail in enumerate(emails)
    ]
    if phone:
        ways.append({"type": "phone", "value": phone, "sequence": len(ways)})
    address = {"country": _country(country).id} if country else {}
    return {
        "name": name,
        "lang": _language(language).id if language else None,
        "addresses": [("create", [address])],
        "contact_mechanisms": [("create", ways)],
        "categories": [("add", [_category(category).id])] if category else [],
        **({"dunning_procedure": procedure} if procedure else {}),
        **({"customer_payment_term": term} if term else {}),
    }


def _language(code: str) -> object:
    """A language, made usable where it is not yet."""
    with config.get_config().set_context(active_test=False):
        (found,) = Model.get("ir.lang").find([("code", "=", code)])
    if not found.translatable:
        found.translatable = True
        found.save()
    return found


def _country(code: str) -> object:
    Country = Model.get("country.country")
    known = Country.find([("code", "=", code)])
    if not known:
        known = [Country(name=code, code=code)]
        known[0].save()
    return known[0]


def _category(name: str) -> object:
    Category = Model.get("party.category")
    known = Category.find([("name", "=", name)])
    if not known:
        known = [Category(name=name)]
        known[0].save()
    return known[0]


@order
def change_email(party: int, value: str) -> None:
    """Another address, as a person types it into the party."""
    known = _record("party.party", party)
    way = next(one for one in known.contact_mechanisms if one.type == "email")
    way.value = value
    way.save()


@order
def rename(party: int, name: str) -> None:
    """Another name."""
    known = _record("party.party", party)
    known.name = name
    known.save()


@order
def archive(party: int) -> None:
    """Put a customer away."""
    known = _record("party.party", party)
    known.active = False
    known.save()


@order
def merge(party: int, into: int) -> None:
    """Replace a customer by another, with the wizard.

    8.2.1's own checks keep its wizard from moving lines of posted moves, which 7.0's does: they
    are told that a party may be changed.
    """
    line = config.get_config().pool.get("account.move.line")
    line._check_modify_exclude.add("party")
    line._reconciliation_modify_disallow.discard("party")
    wizard = Wizard("party.replace", [_record("party.party", party)])
    wizard.form.destination = _record("party.party", into)
    wizard.execute("replace")


@order
def term(name: str, days: list[int]) -> int:
    """A payment term: equal instalments after so many days each."""
    made = Model.get("account.invoice.payment_term")(name=name)
    for number, length in enumerate(days):
        last = number == len(days) - 1
        line = made.lines.new(type="remainder" if last else "percent_on_total")
        if not last:
            line.ratio = (Decimal(1) / len(days)).quantize(Decimal("0.0001"))
        line.relativedeltas.new(days=length)
    made.save()
    return made.id


def _after(days: tuple[int, ...]) -> int:
    if days not in _terms:
        _terms[days] = term(f"after {days}", list(days))
    return _terms[days]


@order
def forget() -> None:
    """The database was replaced by another."""
    _terms.clear()


@order
def invoices(company: int, entries: list[dict]) -> list[dict]:
    """Invoices (credit notes where the amount is below zero), entered at once as an import does.

    Each has party, amount, currency, issued, due (a day for each instalment), number, reference,
    kind (out, in) and state (posted, draft). Answers with their ids and those of their lines,
    by due days.
    """
    within(company)
    Invoice = Model.get("account.invoice")
    accounts = get_accounts(Model.get("company.company")(company))
    context = {**config.get_config().context, "_check_access": False}
    values = [_invoice(company, accounts, **entry) for entry in entries]
    made = Invoice._proxy.create(values, context)
    posted = [
        one for one, entry in zip(made, entries, strict=True) if entry.get("state") != "draft"
    ]
    Invoice._proxy.post(posted, context)
    return [_made(Invoice(one)) for one in made]


def _made(invoice: object) -> dict:
    due = lambda one: (one.maturity_date or dt.date.min, one.id)  # noqa: E731
    lines = [one.id for one in sorted(invoice.lines_to_pay, key=due)]
    return {"id": invoice.id, "lines": lines, "number": invoice.number}


def _invoice(
    company: int,
    accounts: dict,
    party: int,
    amount: str,
    currency: str,
    issued: str,
    due: list[str] = (),
    number: str = "",
    reference: str = "",
    kind: str = "out",
    state: str = "posted",
    named: str = "",
) -> dict:
    sign = 1 if Decimal(amount) > 0 else -1
    days = tuple((_day(one) - _day(issued)).days for one in due) or (0,)
    out = kind == "out"
    line = {
        "type": "line",
        "description": "Goods",
        "account": accounts["revenue" if out else "expense"].id,
        "currency": _currency(currency),
        "quantity": sign,
        "unit_price": abs(Decimal(amount)),
    }
    return {
        "type": kind,
        "company": company,
        "party": party,
        "invoice_address": _record("party.party", party).addresses[0].id,
        "account": accounts["receivable" if out else "payable"].id,
        "currency": _currency(currency),
        "journal": find("account.journal", ("type", "=", "revenue" if out else "expense")).id,
        "invoice_date": _day(issued),
        "payment_term": term(named, list(days)) if named else _after(days),
        "reference": reference or (None if out else number),
        "number": number if out and state == "posted" else None,
        "lines": [("create", [line])],
    }


_currencies: dict[str, int] = {}


def _currency(code: str) -> int:
    if code not in _currencies:
        _currencies[code] = find("currency.currency", ("code", "=", code)).id
    return _currencies[code]


def _write(invoice: int, values: dict) -> None:
    """What the client shows as read-only, written all the same."""
    context = {**config.get_config().context, "_check_access": False}
    Model.get("account.invoice")._proxy.write([invoice], values, context)


@order
def pay(invoice: int, amount: str, on: str, currency: str = "") -> list[int]:
    """A payment of an invoice, with the wizard; the lines of it that stay open."""
    made = Model.get("account.invoice")(invoice)
    within(made.company.id)
    before = {one.id for one in made.payment_lines}
    wizard = Wizard("account.invoice.pay", [made])
    wizard.form.payment_method = find(
        "account.invoice.payment.method", ("company", "=", made.company.id)
    )
    if currency:
        wizard.form.currency = find("currency.currency", ("code", "=", currency))
    wizard.form.amount, wizard.form.date = Decimal(amount), _day(on)
    wizard.execute("choice")
    if wizard.form_state == "ask":
        over = Decimal(amount) > made.amount_to_pay
        wizard.form.type = "overpayment" if over else "partial"
        wizard.execute("pay")
    made.reload()
    return [one.id for one in made.payment_lines if one.id not in before]


@order
def money(
    company: int, party: int, amount: str, currency: str, on: str, state: str = "posted"
) -> int:
    """Money that came (or went, below zero) and was put on nothing; its open line."""
    within(company)
    owner = Model.get("company.company")(company)
    accounts = get_accounts(owner)
    move = Model.get("account.move")(date=_day(on))
    move.journal = find("account.journal", ("type", "=", "cash"))
    own, rate = owner.currency.code == currency, Decimal(1)
    if not own:
        rate = _rate(owner.currency.code) / _rate(currency)
    base = (abs(Decimal(amount)) * rate).quantize(Decimal("0.01"))
    coming = Decimal(amount) > 0
    theirs = move.lines.new(account=accounts["receivable"])
    theirs.party = _record("party.party", party)
    ours = move.lines.new(account=accounts["cash"])
    (theirs if coming else ours).credit = base
    (ours if coming else theirs).debit = base
    if not own:
        theirs.second_currency = find("currency.currency", ("code", "=", currency))
        theirs.amount_second_currency = Decimal(amount) * -1
    move.save()
    if state == "posted":
        move.click("post")
    (line,) = [one for one in move.lines if one.account == accounts["receivable"]]
    return line.id


@order
def bank_fee(company: int, amount: str, on: str) -> None:
    """An entry in the cash journal that is nobody's: what the bank took for itself."""
    within(company)
    accounts = get_accounts(Model.get("company.company")(company))
    move = Model.get("account.move")(date=_day(on))
    move.journal = find("account.journal", ("type", "=", "cash"))
    move.lines.new(account=accounts["expense"]).debit = Decimal(amount)
    move.lines.new(account=accounts["cash"]).credit = Decimal(amount)
    move.save()
    move.click("post")


@order
def statement(company: int, on: str, amount: str, state: str, bank: str = "Bank") -> int:
    """A bank statement with one line that is no debtor's; ``state`` is draft or posted."""
    within(company)
    accounts = get_accounts(Model.get("company.company")(company))
    Journal = Model.get("account.statement.journal")
    known = Journal.find([("name", "=", bank), ("company", "=", company)])
    journal = known[0] if known else Journal(name=bank, validation="number_of_lines")
    if not known:
        journal.journal = Model.get("account.journal")(name=bank, code=bank, type="statement")
        journal.journal.save()
        journal.account = accounts["cash"]
        journal.save()
    made = Model.get("account.statement")(name=f"{bank} {on}", journal=journal, date=_day(on))
    made.number_of_lines = 1
    line = made.lines.new(date=_day(on), amount=Decimal(amount), number="1")
    line.account = accounts["expense"]
    made.save()
    if state == "posted":
        made.click("validate_statement")
        made.click("post")
    return made.id


def _rate(code: str) -> Decimal:
    return find("currency.currency", ("code", "=", code)).rates[0].rate


@order
def put_on(invoice: int, line: int) -> None:
    """Put money or a credit note that lies about on an invoice."""
    made = Model.get("account.invoice")(invoice)
    within(made.company.id)
    _write(invoice, {"payment_lines": [("add", [line])]})


@order
def reconcile(lines: list[int]) -> None:
    """Lines that cancel each other out, closed."""
    Line = Model.get("account.move.line")
    within(Line(lines[0]).move.company.id)
    wizard = Wizard("account.move.reconcile_lines", [Line(one) for one in lines])
    if wizard.form_state == "writeoff":
        wizard.execute("reconcile")


@order
def credit(invoice: int, on: str) -> None:
    """A credit note over the whole invoice, that closes it."""
    made = Model.get("account.invoice")(invoice)
    within(made.company.id)
    wizard = Wizard("account.invoice.credit", [made])
    wizard.form.with_refund, wizard.form.invoice_date = True, _day(on)
    wizard.execute("credit")


@order
def cancel(invoice: int) -> None:
    """Declare an invoice void."""
    made = Model.get("account.invoice")(invoice)
    within(made.company.id)
    made.click("cancel")


@order
def procedure(name: str, days: list[int]) -> int:
    """A dunning procedure with a level after so many days each."""
    made = Model.get("account.dunning.procedure")(name=name)
    for number, length in enumerate(days):
        level = made.levels.new()
        level.sequence, level.overdue = number, dt.timedelta(length)
    made.save()
    return made.id


@order
def dun(company: int, on: str) -> int:
    """Make Tryton's own dunnings; how many there are."""
    within(company)
    wizard = Wizard("account.dunning.create")
    wizard.form.date = _day(on)
    wizard.execute("create_")
    return len(Model.get("account.dunning").find([("company", "=", company)]))


@order
def block(line: int) -> None:
    """Block the dunning of a line."""
    known = find("account.dunning", ("line", "=", line))
    known.blocked = True
    known.save()


@order
def process(company: int) -> None:
    """Process Tryton's own dunnings, as if they were sent."""
    within(company)
    drafts = Model.get("account.dunning").find([("state", "=", "draft"), ("company", "=", company)])
    Wizard("account.dunning.process", drafts).execute("process")


@order
def template(name: str, subject: str, body: str) -> int:
    """An e-mail template for invoices, to the party; 0 where Tryton has no such thing."""
    Field = Model.get("ir.model.field")
    made = Model.get("ir.email.template")(name=name, subject=subject, body=body)
    made.model = find("ir.model", ("name", "=", "account.invoice"))
    clauses = [("name", "=", "party"), ("model", "=", "account.invoice")]
    (made.recipients,) = Field.find(clauses, limit=1)
    made.save()
    return made.id


@order
def mailed(about: str, at: str = "") -> None:
    """An e-mail that Tryton kept under a record (``model,id``), as of a moment in UTC or of now."""
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    database = config.get_config().database_name
    with Transaction().start(database, 1) as transaction:
        Email = Pool(database).get("ir.email")
        (made,) = Email.create([{"resource": about, "recipients": "a@customer.example"}])
        if at:
            table = Email.__table__()
            moment = dt.datetime.fromisoformat(at)
            where = table.id == made.id
            transaction.connection.cursor().execute(
                *table.update([table.create_date], [moment], where=where)
            )
        transaction.commit()


@order
def keep_document(invoice: int, content: str, format: str) -> None:  # noqa: A002 - Tryton's word
    """The document of an invoice as if it had been printed in this format."""
    _write(invoice, {"invoice_report_cache": content.encode(), "invoice_report_format": format})


@order
def print_as(extension: str) -> None:
    """Have Tryton print invoices in this format from now on."""
    report = find("ir.action.report", ("report_name", "=", "account.invoice"))
    report.extension = extension
    report.save()


@order
def commit_late(invoice: int, seconds: int) -> None:
    """An invoice as if its transaction had begun long before it committed."""
    from trytond import backend
    from trytond.transaction import Transaction

    made = Model.get("account.invoice")(invoice)
    whose = {"account_invoice": f"id = {invoice}", "account_move_line": f"move = {made.move.id}"}
    with Transaction().start(config.get_config().database_name, 0) as transaction:
        cursor = transaction.connection.cursor()
        for table, where in whose.items():
            for column in ("create_date", "write_date"):
                cursor.execute(f"{_back(table, column, seconds, backend.name)} AND {where}")
        transaction.commit()


@order
def never_written(line: int) -> bool:
    """Whether a line's ``write_date`` is empty, as it is until the first change."""
    return Model.get("account.move.line")(line).write_date is None


@order
def age(seconds: int) -> None:
    """Date everything back, so that what comes next is new. Stamps cannot be entered."""
    from trytond import backend
    from trytond.model import ModelSQL
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    database = config.get_config().database_name
    with Transaction().start(database, 0) as transaction:
        cursor = transaction.connection.cursor()
        for _, model in Pool(database).iterobject():
            if issubclass(model, ModelSQL) and backend.TableHandler.table_exist(model._table):
                for column in ("create_date", "write_date"):
                    cursor.execute(_back(model._table, column, seconds, backend.name))
        transaction.commit()


def _back(table: str, column: str, seconds: int, backend: str) -> str:
    """The same form of a moment as Tryton's own: SQLite compares them as text."""
    moved = f"{column} - interval '{seconds} seconds'"
    if backend == "sqlite":
        moved = f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{seconds} seconds')"
    return f'UPDATE "{table}" SET {column} = {moved} WHERE {column} IS NOT NULL'


ORDERS["within"] = within


@order
def note(about: str, message: str) -> int:
    """Somebody writes a note on a record (``model,id``)."""
    (made,) = Model.get("ir.note")._proxy.create(
        [{"resource": about, "message": message}], config.get_config().context
    )
    return made


@order
def delete(model: str, number: int) -> None:
    """Somebody deletes a record."""
    _record(model, number).delete()
