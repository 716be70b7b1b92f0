"""Late fees: a draft customer invoice that a person checks and posts.

Found again by its customer reference, which is why one is looked for before it is made.
"""

from connectors.odoo import wire
from connectors.odoo.api import OdooApi, written_id
from connectors.odoo.chatter import MOVE
from connectors.odoo.config import OdooConfig
from connectors.odoo.failing import KNOWN, failed
from connectors.odoo.lists import Listing, some
from connectors.odoo.problems import UnreadableError
from connectors.odoo.questions import plain
from connectors.odoo.reader import Reader
from connectors.odoo.speech import RefusedError
from syncer.errors import SyncerError
from syncer.http.faults import AmbiguousWriteError
from syncer.model.charge import Charge
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Uncertain


class Charges:
    """Charge sink of one company."""

    def __init__(self, api: OdooApi, config: OdooConfig, reader: Reader) -> None:
        self._api = api
        self._config = config
        self._reader = reader

    def draft(self, charge: Charge) -> Outcome:
        """The draft, or the one that is there already under its reference."""
        if not (charge.account_id.isdecimal() and charge.account_id.isascii()):
            return Rejected(reason="Odoo has no such customer")
        try:
            found = self._there(charge.reference)
            if found:
                return AlreadyThere(remote_id=str(found))
            line = {
                "name": charge.description,
                "quantity": 1,
                "price_unit": charge.amount,
                "tax_ids": [[5, 0, 0]],
                **self._account(),
            }
            values = {
                "move_type": "out_invoice",
                "partner_id": int(charge.account_id),
                "company_id": self._reader.setting.company.id,
                "currency_id": self._reader.setting.currencies.number(charge.currency),
                "invoice_date": charge.on.isoformat(),
                "ref": charge.reference,
                "invoice_line_ids": [[0, 0, line]],
            }
            result = self._api.write(MOVE, "create", vals_list=[values])
        except AmbiguousWriteError as error:
            return self._settle(charge.reference, error)
        except UnreadableError as error:
            return Rejected(reason=f"the late fee was not drafted: {error}")
        except KNOWN as error:
            return failed(error, "the late fee was not drafted")
        return Delivered(remote_id=str(written_id(result)), detail="a draft for a person to post")

    def _there(self, reference: str) -> int:
        """The id of a fee that was not cancelled under this reference; 0 when there is none."""
        domain = [
            ["company_id", "=", self._reader.setting.company.id],
            ["move_type", "=", "out_invoice"],
            ["state", "!=", "cancel"],
            ["ref", "=", reference],
        ]
        listing = Listing(MOVE, domain, plain(("ref",)), wire.Draft)
        rows = some(self._api, listing, limit=1)
        return rows[0].id if rows else 0

    def _account(self) -> dict[str, int]:
        """The account of the line, where one is configured."""
        code = self._config.fee_account_code
        if not code:
            return {}
        found = self._api.ask(
            "account.account", "search", list[int], domain=[["code", "=", code]], limit=1
        )
        if not found:
            raise RefusedError("settings.fee_account_code is no account of this company")
        return {"account_id": found[0]}

    def _settle(self, reference: str, lost: AmbiguousWriteError) -> Outcome:
        try:
            found = self._there(reference)
        except SyncerError:
            found = 0
        if found:
            return Delivered(remote_id=str(found), detail="the answer was lost, it is there")
        return Uncertain(evidence=f"Odoo's answer to the late fee was lost: {lost}")
