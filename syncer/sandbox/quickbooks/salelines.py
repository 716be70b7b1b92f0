"""The lines of an invoice or credit memo in a request.

Only sales lines count; subtotal lines that come back are ignored. Every line needs an item,
and outside the US a tax code. Sources: "invoice" page and issue threads, read November 2026.
"""

from decimal import Decimal

from syncer.sandbox.books import rounded
from syncer.sandbox.quickbooks import lists
from syncer.sandbox.quickbooks.exchange import Context
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.wire import Row, read_amount, read_ref
from syncer.sandbox.records import Line

SALE = "SalesItemLineDetail"
TEXT_MAX = 4000


def read_lines(ctx: Context, body: Row) -> tuple[Line, ...]:
    """The priced lines of a body. Raises Wrong."""
    sent = body.get("Line")
    if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
        raise Wrong("2020", "Required parameter Line is missing in the request", "Line")
    lines = tuple(_line(ctx, row) for row in sent if row.get("DetailType") == SALE)
    if not lines:
        raise Wrong("2020", "Required parameter Line is missing in the request", "Line")
    return lines


def _line(ctx: Context, row: Row) -> Line:
    if row.get("Amount") in (None, ""):
        raise Wrong("2020", "Required parameter Line.Amount is missing", "Line.Amount")
    amount = read_amount(row["Amount"], "Line.Amount")
    detail = row.get(SALE) or {}
    quantity, price = _quantity(detail, amount)
    return Line(
        line_id=ctx.ledger.books.new_id(),
        text=str(row.get("Description") or "")[:TEXT_MAX],
        quantity=quantity,
        unit_price=price,
        account=_account(ctx, detail),
        tax_code=_tax_code(ctx, detail),
    )


def _quantity(detail: Row, amount: Decimal) -> tuple[Decimal, Decimal]:
    quantity = read_amount(detail.get("Qty") or 0, "Qty")
    price = read_amount(detail.get("UnitPrice") or 0, "UnitPrice")
    if not quantity or not price:
        return Decimal(1), amount
    if rounded(quantity * price, "") != rounded(amount, ""):
        raise Wrong("6000", "Business Validation Error: Amount is not UnitPrice times Qty", "Line")
    return quantity, price


def _account(ctx: Context, detail: Row) -> str:
    number = read_ref(detail.get("ItemRef"))
    if not number:
        raise Wrong("2020", "Required parameter ItemRef is missing in the request", "ItemRef")
    account = lists.account_of_item(ctx.company, number)
    if account is None:
        raise Wrong("2500", f"Invalid Reference Id : Item {number} not found", "ItemRef")
    return account


def _tax_code(ctx: Context, detail: Row) -> str:
    number = read_ref(detail.get("TaxCodeRef"))
    if not number and not ctx.company.is_us():
        detail_text = "Business Validation Error: every line needs a tax code"
        raise Wrong("6000", detail_text, "TaxCodeRef")
    code = lists.tax_code_of(ctx.company, number)
    if code is None:
        raise Wrong("2500", f"Invalid Reference Id : TaxCode {number} not found", "TaxCodeRef")
    return code
