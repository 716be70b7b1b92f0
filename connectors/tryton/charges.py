"""Late fees as draft invoices, for a person to look at and post.

A draft has no number and moves nothing in the books. It is found again by its reference.
"""

from connectors.tryton import fields, wire
from connectors.tryton.api import TrytonApi
from connectors.tryton.config import TrytonConfig
from connectors.tryton.entries import INVOICE
from connectors.tryton.failing import KNOWN, failed
from connectors.tryton.reader import Reader
from syncer.errors import SyncerError
from syncer.http.faults import AmbiguousWriteError
from syncer.model.charge import Charge
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Uncertain

_WHAT = "Tryton would not take the late fee"


class Charges:
    """Raises late fees."""

    def __init__(self, api: TrytonApi, config: TrytonConfig, reader: Reader) -> None:
        self._api = api
        self._config = config
        self._reader = reader

    def draft(self, charge: Charge) -> Outcome:
        """Create the draft once; one with its reference is left as it is."""
        if not self._config.fee_account_code:
            return Rejected(reason="set `fee_account_code` in the ledger's settings")
        try:
            found = self._find(charge)
            if found:
                return AlreadyThere(remote_id=found)
            record = self._record(charge)
            return record if isinstance(record, Rejected) else self._create(charge, record)
        except KNOWN as error:
            return failed(error, _WHAT)

    def _create(self, charge: Charge, record: dict[str, object]) -> Outcome:
        try:
            made = self._api.write(f"model.{INVOICE}.create", list[int], [record])
        except AmbiguousWriteError as lost:
            return self._settle(charge, lost)
        return Delivered(remote_id=",".join(map(str, made)), detail="a draft for a person to post")

    def _settle(self, charge: Charge, lost: AmbiguousWriteError) -> Outcome:
        try:
            found = self._find(charge)
        except SyncerError:
            found = ""
        if found:
            return Delivered(remote_id=found, detail="the answer was lost, the draft is there")
        return Uncertain(evidence=f"Tryton's answer to the draft was lost: {lost}")

    def _find(self, charge: Charge) -> str:
        """The id of the party's invoice with this reference, "" when there is none."""
        domain = [
            ["company", "=", self._reader.company().desk.company],
            ["type", "=", "out"],
            ["party", "=", _number(charge.account_id)],
            ["reference", "=", charge.reference],
        ]
        rows = self._api.rows(INVOICE, wire.Id, ("id",), domain, limit=1)
        return str(rows[0].id) if rows else ""

    def _record(self, charge: Charge) -> dict[str, object] | Rejected:
        """The draft's values, or what is missing for one."""
        company = self._reader.company().desk.company
        own = ["company", "=", company]
        revenue = self._only("account.account", [own, ["code", "=", self._config.fee_account_code]])
        if revenue is None:
            return Rejected(reason=f"no account has the code {self._config.fee_account_code!r}")
        currency = self._only("currency.currency", [["code", "=", charge.currency]])
        if currency is None:
            return Rejected(reason=f"Tryton has no currency {charge.currency}")
        party = _number(charge.account_id)
        asked = ("account_receivable", "addresses")
        debtors = self._api.rows(fields.PARTY, wire.Debtor, asked, [["id", "=", party]])
        receivable = self._receivable(debtors)
        if receivable is None or not debtors[0].addresses:
            return Rejected(reason="the party has no address or no receivable account in Tryton")
        line = {
            "type": "line",
            "account": revenue,
            "currency": currency,
            "description": charge.description,
            "quantity": 1,
            "unit_price": wire.of_amount(charge.amount),
        }
        return {
            "type": "out",
            "company": company,
            "party": party,
            "invoice_address": debtors[0].addresses[0],
            "account": receivable,
            "currency": currency,
            "journal": self._only("account.journal", [["type", "=", "revenue"]]),
            "invoice_date": wire.of_day(charge.on),
            "reference": charge.reference,
            "description": charge.description,
            "lines": [["create", [line]]],
        }

    def _receivable(self, debtors: list[wire.Debtor]) -> int | None:
        """The account to book on: the party's own, else the one that the books begin with."""
        if not debtors or debtors[0].account is not None:
            return debtors[0].account if debtors else None
        asked = ("default_account_receivable",)
        settings = self._api.rows("account.configuration", wire.Defaults, asked, [])
        return settings[0].account if settings else None

    def _only(self, model: str, domain: list[object]) -> int | None:
        rows = self._api.rows(model, wire.Id, ("id",), domain, limit=1)
        return rows[0].id if rows else None


def _number(account_id: str) -> int:
    return int(account_id) if account_id.isdecimal() else -1
