"""Looks into Tryton past the connector: as the administrator, by calls of its own.

Two answers agree only if both are right: nothing here is shared with ``connectors.tryton``.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

from syncer.testing.connector_case import Charge, Written

from .server import ADMIN_PASSWORD, DATABASE, Server

SECONDS = 30


def _plain(value: dict[str, Any]) -> Any:
    return Decimal(value["decimal"]) if value.get("__class__") == "Decimal" else value


@dataclass(frozen=True)
class Auditor:
    """Reads what lies in the database that a server shows."""

    server: Server
    company: int
    path: str = "rpc/"

    def ask(self, method: str, *params: object) -> Any:
        """One call, with the administrator's password."""
        context = {"company": self.company, "active_test": False}
        said = requests.post(
            f"{self.server.url}/{DATABASE}/{self.path}",
            json={"id": 1, "method": method, "params": [*params, context]},
            auth=("admin", ADMIN_PASSWORD),
            timeout=SECONDS,
        )
        answer = json.loads(said.content, object_hook=_plain)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def rows(self, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        """Records, oldest first."""
        order = [["id", "ASC"]]
        found: list[dict[str, Any]] = self.ask(
            f"model.{model}.search_read", domain, 0, None, order, list(fields)
        )
        return found

    def notes(self, account_id: str) -> list[str]:
        """Texts on the party and on its invoices."""
        invoices = self.rows("account.invoice", [["party", "=", int(account_id)]], "id")
        resources = [f"account.invoice,{one['id']}" for one in invoices]
        domain = [["resource", "in", [*resources, f"party.party,{account_id}"]]]
        return [one["message"] for one in self.rows("ir.note", domain, "message")]

    def charges(self, reference: str) -> list[Charge]:
        """Late fees by their reference."""
        fields = ("total_amount", "currency.code", "state")
        return [
            Charge(
                amount=one["total_amount"],
                currency=one["currency."]["code"],
                draft=one["state"] == "draft",
            )
            for one in self.rows("account.invoice", [["reference", "=", reference]], *fields)
        ]

    def mails(self, item_id: str) -> int:
        """E-mails that Tryton kept of the invoice of a line."""
        (line,) = self.rows("account.move.line", [["id", "=", int(item_id)]], "move.origin")
        return len(self.rows("ir.email", [["resource", "=", line["move."]["origin"]]], "id"))

    def written(self) -> Written:
        """What the suite asks for."""
        return Written(notes=self.notes, tasks=self.notes, charges=self.charges, mails=self.mails)
