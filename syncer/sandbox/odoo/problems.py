"""Exceptions inside Odoo, and the bodies in which they are told."""

import json
from typing import Any

from syncer.sandbox.exchange import Answer

USER = 7  # who calls
JSON = "application/json; charset=utf-8"


class Wrong(Exception):
    """An exception inside Odoo: ``name`` is the Python class, as it tells it."""

    def __init__(self, name: str, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.status = status

    def told(self) -> dict[str, Any]:
        """As JSON-2 has it for a body, and JSON-RPC as the data of its error."""
        return {
            "name": self.name,
            "message": self.message,
            "arguments": [self.message],
            "context": {},
            "debug": f"Traceback (most recent call last): {self.message}",
        }

    def answer(self, *, rpc: bool = False) -> Answer:
        """As the interface tells it that was spoken."""
        return as_json(self.enveloped()) if rpc else as_json(self.told(), self.status)

    def enveloped(self) -> dict[str, Any]:
        """JSON-RPC's, which comes with status 200."""
        error = {"code": 0, "message": "Odoo Server Error", "data": self.told()}
        return {"jsonrpc": "2.0", "id": None, "error": error}


def missing(model: str, number: int) -> Wrong:
    """A record that is not there."""
    said = f"Record does not exist or has been deleted.\n(Record: {model}({number},), User: {USER})"
    return Wrong("odoo.exceptions.MissingError", said, 404)


def unauthorized(*, rpc: bool = False) -> Wrong:
    """No such key, or one that lives no more."""
    if rpc:
        return Wrong("odoo.exceptions.AccessDenied", "Access Denied")
    return Wrong("werkzeug.exceptions.Unauthorized", "Invalid apikey", 401)


def denied() -> Wrong:
    """The user has no right to it."""
    return Wrong("odoo.exceptions.AccessError", "You are not allowed to access it", 403)


def out_of_order() -> Wrong:
    """The database broke off, and Odoo's own five attempts were used up."""
    return Wrong("psycopg2.errors.SerializationFailure", "could not serialize access")


def as_json(said: Any, status: int = 200) -> Answer:
    """An answer of Odoo itself."""
    return Answer(status, json.dumps(said).encode(), JSON)
