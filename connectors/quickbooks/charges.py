"""Late-fee invoices: raised once, found again by their number, never mailed.

QuickBooks has no drafts of invoices: the fee is an ordinary invoice that was not sent, for a
person to mail or to delete. Its number is the reference, shortened to the 21 characters of
``DocNumber`` where need be. A second one is prevented three times over: looked for before,
the ``requestid``, and QuickBooks' own check of numbers (6140). QuickBooks can charge late fees
by itself, into an account it makes for them: where that account is, nothing is raised unless
the configuration says so. Sources: invoice entity reference, error codes, and the support
article about automatic late fees, read November 2026.
"""

import hashlib
from decimal import Decimal

import msgspec

from connectors.quickbooks import wire
from connectors.quickbooks.api import GoneError, QuickBooksApi, RefusedError, segment
from connectors.quickbooks.config import QuickBooksConfig
from connectors.quickbooks.failing import KNOWN, failed
from connectors.quickbooks.faults import DUPLICATE_NUMBER, DUPLICATE_REQUEST
from connectors.quickbooks.lists import Listing
from connectors.quickbooks.query import Query, quoted
from connectors.quickbooks.sweep import read_all
from syncer.errors import SyncerError
from syncer.http.faults import AmbiguousWriteError
from syncer.http.transport import Response
from syncer.model.charge import Charge
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Uncertain

NUMBER_MAX = 21
OWN_FEES_ACCOUNT = "Late fee income"
_WHAT = "QuickBooks would not create the late fee"


class Charges:
    """Raises late fees."""

    def __init__(self, api: QuickBooksApi, config: QuickBooksConfig) -> None:
        self._api = api
        self._config = config
        self._own_fees: bool | None = None  # whether QuickBooks' own are there; asked once

    def add(self, charge: Charge) -> Outcome:
        """An invoice that is not mailed; AlreadyThere when its number is taken."""
        if not self._config.fee_item_id:
            return Rejected(
                reason="set `fee_item_id` in the ledger's settings: QuickBooks raises no invoice "
                "without a product or service"
            )
        number = number_of(charge.reference)
        account_id, amount = charge.account_id, charge.amount
        try:
            found = self._find(number)
            if found:
                return _told(found, self._same(found, account_id, amount), number)
            if not self._config.fee_beside_own and self._charges_itself():
                return Rejected(
                    reason=f"QuickBooks seems to charge late fees itself (it has the account "
                    f"'{OWN_FEES_ACCOUNT}'): switch those off and set `fee_beside_own`, or leave "
                    "late fees to QuickBooks"
                )
            body = self._body(charge, number)
            return self._proven(_created(self._api.write("invoice", body, key=charge.key)))
        except AmbiguousWriteError as error:
            said = f"QuickBooks' answer to the late fee was lost: {error}"
            return self._settle(number, account_id, amount, said)
        except RefusedError as error:
            if error.code in (DUPLICATE_NUMBER, DUPLICATE_REQUEST):
                return self._settle(number, account_id, amount, f"{_WHAT}: {error}")
            return failed(error, _WHAT)
        except KNOWN as error:
            return failed(error, _WHAT)

    def _charges_itself(self) -> bool:
        if self._own_fees is None:
            query = Query("Account", (f"Name = {quoted(OWN_FEES_ACCOUNT)}",))
            self._own_fees = bool(read_all(self._api, Listing(query, wire.Named, _id_of))[0])
        return self._own_fees

    def _find(self, number: str) -> list[wire.Raised]:
        """The invoices with this number, whoever's they are."""
        query = Query("Invoice", (f"DocNumber = {quoted(number)}",))
        return read_all(self._api, Listing(query, wire.Raised, _itself))[0]

    def _same(self, found: list[wire.Raised], account_id: str, amount: Decimal) -> str:
        """The id of the one that is this fee, "" when none is. Tax may come on top."""
        taxed = bool(self._config.fee_tax_code_id)
        for row in found:
            fits = row.total == amount or (taxed and row.total > amount)
            if row.customer.value == account_id and fits:
                return row.id
        return ""

    def _proven(self, outcome: Outcome) -> Outcome:
        """Read the fee back: an old request is answered from memory even if its fee is gone."""
        if not isinstance(outcome, Delivered):
            return outcome
        try:
            self._api.one(f"invoice/{segment(outcome.remote_id)}", "Invoice", wire.Raised)
        except GoneError:
            return Rejected(
                reason=f"{_WHAT}: it was raised before and somebody deleted it since; raise it by "
                "hand if it is wanted"
            )
        except SyncerError:
            return outcome
        return outcome

    def _settle(self, number: str, account_id: str, amount: Decimal, unclear: str) -> Outcome:
        try:
            same = self._same(self._find(number), account_id, amount)
        except SyncerError:
            same = ""
        if same:
            return Delivered(remote_id=same, detail="the answer was lost, the invoice is there")
        return Uncertain(evidence=unclear)

    def _body(self, charge: Charge, number: str) -> dict[str, object]:
        detail: dict[str, object] = {
            "ItemRef": {"value": self._config.fee_item_id},
            "Qty": 1,
            "UnitPrice": charge.amount,
        }
        if self._config.fee_tax_code_id:
            detail["TaxCodeRef"] = {"value": self._config.fee_tax_code_id}
        line = {
            "Amount": charge.amount,
            "Description": charge.description,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": detail,
        }
        return {
            "CustomerRef": {"value": charge.account_id},
            "CurrencyRef": {"value": charge.currency},
            "DocNumber": number,
            "TxnDate": charge.on.isoformat(),
            "Line": [line],
        }


def _id_of(row: wire.Named) -> str:
    return row.id


def _itself(row: wire.Raised) -> wire.Raised:
    return row


def _told(found: list[wire.Raised], same: str, number: str) -> Outcome:
    """What a number that is taken means."""
    if same:
        return AlreadyThere(remote_id=same)
    return Rejected(
        reason=f"{_WHAT}: its number {number} is taken by invoice id {found[0].id}, which has "
        "another customer or another amount: look at that invoice"
    )


def number_of(reference: str) -> str:
    """``reference`` as a number of at most 21 plain characters, equal for equal references."""
    if len(reference) <= NUMBER_MAX and reference.isascii() and reference.isprintable():
        return reference
    return "LF-" + hashlib.sha256(reference.encode()).hexdigest()[: NUMBER_MAX - 3]


def _created(response: Response) -> Outcome:
    try:
        row = msgspec.json.decode(response.body, type=wire.single("Invoice", wire.Stub)).row
    except wire.UNREADABLE:
        row = None
    if row is None:
        return Uncertain(evidence="QuickBooks' answer does not name the late fee")
    return Delivered(remote_id=row.id, detail="an invoice that was not mailed, for a person to do")
