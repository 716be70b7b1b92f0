"""The vendor's errors: their codes, and the three shapes in which they arrive.

1. ``{"Fault": {...}}`` from the service, 2. lower-case ``{"fault": {...}}`` from the gateway,
3. XML, whatever was asked for. Source: "error codes" and "limits and throttles" pages and the
issue threads that quote answers, read November 2026. Detail texts are this simulator's own.
"""

from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

import msgspec

from syncer.sandbox.exchange import Answer

XML = "application/xml;charset=UTF-8"
NAMESPACE = "http://schema.intuit.com/finance/v3"


@dataclass(frozen=True, slots=True)
class Known:
    """What an error code stands for."""

    status: int
    message: str
    type: str = "ValidationFault"


CODES = {
    "100": Known(401, "General Authentication Error", "AuthenticationFault"),
    "120": Known(401, "Authorization Failure", "AuthorizationFault"),
    "500": Known(400, "Unsupported Operation"),
    "600": Known(400, "RequestId already exists"),
    "610": Known(400, "Object Not Found"),
    "620": Known(400, "Transaction could not be linked"),
    "2010": Known(400, "Request has invalid or unsupported property"),
    "2020": Known(400, "Required param missing"),
    "2050": Known(400, "String length is either shorter or longer than supported"),
    "2080": Known(400, "Invalid Number"),
    "2210": Known(400, "Invalid email address format"),
    "2500": Known(400, "Invalid Reference Id"),
    "3001": Known(429, "message=ThrottleExceeded; errorCode=003001; statusCode=429", "SERVICE"),
    "3100": Known(403, "message=AuthorizationFailed; errorCode=003100; statusCode=403", "SERVICE"),
    "3200": Known(
        401, "message=AuthenticationFailed; errorCode=003200; statusCode=401", "AUTHENTICATION"
    ),
    "4000": Known(400, "Error parsing query"),
    "4001": Known(400, "Invalid query"),
    "4002": Known(500, "Error processing query", "Service"),
    "5010": Known(400, "Stale Object Error"),
    "5020": Known(400, "Permission Denied"),
    "5030": Known(400, "Feature not supported"),
    "6000": Known(400, "A business validation error has occurred while processing your request"),
    "6140": Known(400, "Duplicate Document Number Error"),
    "6190": Known(400, "Invalid Company Status"),
    "6210": Known(400, "Account Period Closed"),
    "6240": Known(400, "Duplicate Name Exists Error"),
    "6250": Known(400, "Invalid Customer"),
    "6540": Known(400, "Deposited Transaction cannot be changed"),
    "6560": Known(400, "Customer reference missing"),
    "10000": Known(
        500, "An application error has occurred while processing your request", "SystemFault"
    ),
}
GATEWAY = frozenset({"3100", "3200"})


class Wrong(Exception):
    """A refused request: ``code`` is one of CODES, ``element`` the property concerned."""

    def __init__(self, code: str, detail: str = "", element: str = "") -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail
        self.element = element

    @property
    def known(self) -> Known:
        """What the code stands for."""
        return CODES.get(self.code, Known(400, "Error"))

    def fault(self) -> dict[str, object]:
        """The ``Fault`` element of an answer or of a batch item."""
        known = self.known
        error = {"Message": known.message, "Detail": self.detail or known.message}
        error |= {"code": self.code, "element": self.element}
        return {"Error": [error], "type": known.type}

    def answer(self, time: str, now: datetime, *, xml: bool = False) -> Answer:
        """The whole answer; gateway codes come in the gateway's own shape."""
        status = self.known.status
        if xml:
            return Answer(status, self._xml(time), XML)
        if self.code in GATEWAY:
            return Answer(status, msgspec.json.encode(self._gateway(now)))
        return Answer(status, msgspec.json.encode({"Fault": self.fault(), "time": time}))

    def _gateway(self, now: datetime) -> dict[str, object]:
        known = self.known
        error: dict[str, object] = {"message": known.message, "element": None}
        error["detail"] = self.detail or known.message
        error["code"] = self.code
        body: dict[str, object] = {"warnings": None, "intuitObject": None}
        body["fault"] = {"error": [error], "type": known.type}
        names = ("report", "queryResponse", "batchItemResponse", "attachableResponse")
        body |= dict.fromkeys((*names, "syncErrorResponse"), None)
        body["requestId"] = None
        body["time"] = int(now.timestamp() * 1000)
        body |= {"status": None, "cdcresponse": []}
        return body

    def _xml(self, time: str) -> bytes:
        known = self.known
        text = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            f'<IntuitResponse time="{time}" xmlns="{NAMESPACE}">'
            f"<Fault type={quoteattr(known.type)}><Error code={quoteattr(self.code)}>"
            f"<Message>{escape(known.message)}</Message>"
            f"<Detail>{escape(self.detail or known.message)}</Detail>"
            "</Error></Fault></IntuitResponse>"
        )
        return text.encode()
