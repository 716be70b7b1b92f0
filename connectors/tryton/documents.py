"""The PDF of an invoice, as Tryton printed it.

Tryton renders its report once and keeps the result with the invoice; what is kept is what its
customer got. The report's own format decides: a PDF comes of it where LibreOffice stands beside
the server and the report's extension is PDF, else an ODT, which no customer is sent. It is
asked for only where a PDF can come: Tryton would keep an ODT for good.
"""

from base64 import b64decode
from binascii import Error as NoBase64

from connectors.tryton import wire
from connectors.tryton.api import Domain, TrytonApi
from connectors.tryton.entries import INVOICE
from connectors.tryton.faults import RefusedReadError
from connectors.tryton.reader import Reader
from syncer.errors import ContractError, RecordError

_PDF, _END = b"%PDF-", b"%%EOF"
_END_WITHIN = 1024  # bytes (ISO 32000-1, 7.5.5)
_KEPT = ("invoice_report_format",)
_REPORTS: Domain = [["report_name", "=", INVOICE]]


class Documents:
    """Invoices as files."""

    def __init__(self, api: TrytonApi, reader: Reader) -> None:
        self._api = api
        self._reader = reader

    def pdf(self, item_id: str) -> bytes:
        """The PDF of the invoice behind an item. Raises RecordError when there is none."""
        invoice = self._reader.company().invoice_of(item_id)
        if invoice is None:
            raise RecordError("this item is no invoice in Tryton any more, so it has no document")
        try:
            return self._printed(invoice)
        except RefusedReadError as error:
            raise RecordError(f"Tryton would not print the invoice: {error}") from None

    def _printed(self, invoice: int) -> bytes:
        kept = self._api.rows(INVOICE, wire.Kept, _KEPT, [["id", "=", invoice]])
        if not kept:
            raise RecordError("Tryton no longer knows this invoice")
        if (kept[0].format or self._format()) != "pdf":
            raise RecordError(
                "Tryton prints this invoice otherwise than as PDF: set the extension of the report "
                "Invoice to PDF and install LibreOffice beside the server"
            )
        data = {"model": INVOICE, "id": invoice, "ids": [invoice]}
        method = f"report.{INVOICE}.execute"
        kind, content = self._api.call(method, wire.REPORT, [invoice], data)[:2]
        try:
            found = b64decode(content.base64)
        except NoBase64:
            found = b""
        if not found.startswith(_PDF) or _END not in found[-_END_WITHIN:]:
            raise ContractError(f"Tryton was to print a PDF, and gave no whole one ({kind})")
        return found

    def _format(self) -> str:
        """What the report makes of an invoice that was never printed."""
        reports = self._api.rows("ir.action.report", wire.Printer, ("extension",), _REPORTS)
        return reports[0].extension or "" if reports else ""
