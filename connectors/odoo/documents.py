"""What a customer may be given of an invoice: its page on the portal, and its PDF."""

import base64
import binascii
from urllib.parse import urlsplit

import msgspec

from connectors.odoo import wire
from connectors.odoo.api import OdooApi
from connectors.odoo.chatter import MOVE
from connectors.odoo.config import OdooConfig
from connectors.odoo.facts import move_of, text
from connectors.odoo.failing import KNOWN
from connectors.odoo.speech import GoneError, RefusedError
from syncer.errors import ContractError, RecordError
from syncer.http.faults import AmbiguousWriteError

_PDF = b"%PDF-"


class Documents:
    """Pay links and invoice documents of one company."""

    def __init__(self, api: OdooApi, config: OdooConfig) -> None:
        self._api = api
        self._base = config.portal_url or config.url
        self._links: dict[int, str] = {}

    def pay_link(self, item_id: str) -> str:
        """The invoice's page on the portal, with the token that opens it; "" when there is
        none, or the portal is not reached by https.

        Odoo makes the token with the first question: asked again it is the same, so that a
        lost answer does no harm.
        """
        move = move_of(item_id)
        if not move or urlsplit(self._base).scheme != "https":
            return ""
        if move not in self._links:
            try:
                path = msgspec.json.decode(
                    self._api.write(MOVE, "get_portal_url", ids=[move]), type=str
                )
            except (AmbiguousWriteError, msgspec.DecodeError, RecursionError, *KNOWN):
                return ""
            self._links[move] = f"{self._base}{path}" if path.startswith("/") else ""
        return self._links[move]

    def invoice_pdf(self, item_id: str) -> bytes:
        """The PDF that Odoo keeps since the invoice was sent or printed the first time.

        Raises RecordError where there is none: it is not rendered for us, which would be a
        write, and might differ from what the customer was sent.
        """
        move = move_of(item_id)
        if not move:
            raise RecordError("Odoo has no invoice of this number")
        try:
            rows = self._api.ask(
                MOVE,
                "read",
                list[wire.KeptInvoice],
                ids=[move],
                fields=["invoice_pdf_report_file"],
            )
        except (GoneError, RefusedError):
            rows = []
        kept = text(rows[0].invoice_pdf_report_file) if rows else ""
        if not kept:
            raise RecordError(
                "Odoo keeps no PDF of this invoice; print or send it once in Odoo, then it does"
            )
        return _decoded(kept)


def _decoded(datas: str) -> bytes:
    try:
        body = base64.b64decode(datas, validate=False)
    except (binascii.Error, ValueError):
        raise ContractError("the document that Odoo keeps of the invoice is no Base64") from None
    if not body.startswith(_PDF):
        raise ContractError("the document that Odoo keeps of the invoice is no PDF")
    return body
