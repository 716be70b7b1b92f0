"""QuickBooks' errors: three shapes on the wire, one ``Fault`` here, classed by code.

(1) ``{"Fault": {"Error": [...]}}``, also with status 200; (2) the gateway's ``{"fault":
{"error": [...]}}`` in lower case; (3) XML, whatever was asked for. Empty bodies and HTML come
with 5xx. The code decides before the status: a 500 with code 4002 is a refusal that no second
try mends, while a gateway's own number in a 504 says nothing of what became of a write.
Sources: "error codes", "handling common errors" and "limits" pages, and the issues of the
vendor's SDKs that quote answers, as read in November 2026.
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import msgspec

from connectors.quickbooks import wire
from connectors.quickbooks.lists import utf8
from syncer.http.redact import redact
from syncer.http.transport import Response

CALL_ID = "intuit_tid"
_TEXT_MAX = 300
_SMALL = 20_000  # bytes: an answer with a fault in it is never longer, but for a batch
_BATCH, _HEAD = b'"BatchItemResponse"', 200  # what the answer to a batch begins with
_LOOKED_AT = 20_000  # bytes of an XML error that are searched
_XML_CODE = re.compile(rb"<Error[^>]*\bcode=\"(\d{1,6})\"")
_XML_TEXT = re.compile(rb"<(Message|Detail)>([^<]{0,500})")
# Details that speak of our request alone; others name people, addresses and colleagues.
_DETAILED = frozenset({"2010", "2020", "2030", "2050", "2500", "4000", "4001", "4002"})
MEANS = {
    "2210": "an e-mail address of this record is not valid",
    "5020": "the company's QuickBooks plan does not have this",
    "5030": "the company's QuickBooks plan does not have this",
    "6000": "a rule of QuickBooks stands against it: open the record in QuickBooks and save it, "
    "then the screen says which (a tax code that is missing, a customer that was merged)",
    "6140": "the number is taken by another record",
    "6210": "the record lies in an accounting period that is closed",
    "6240": "the name is taken by another record",
    "6250": "the customer is not valid any more",
    "6560": "the customer is missing",
}
_PLAIN_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_TYPED = re.compile(rb"<Fault[^>]*\btype=\"([A-Za-z]{1,40})\"")

THROTTLED = frozenset({"3001", "003001"})
UNAUTHENTICATED = frozenset({"3200", "003200", "100"})
GONE = "610"
STALE = "5010"
DUPLICATE_REQUEST = "600"
DUPLICATE_NUMBER = "6140"
# Whoever gets one of these is let in no more: a person must act.
LOCKED_OUT = {
    "120": "the person who connected QuickBooks lost access, or the plan lacks this feature",
    "3100": "this login does not reach this company: realm_id or environment is wrong, or the "
    "application was disconnected",
    "003100": "this login does not reach this company: realm_id or environment is wrong, or the "
    "application was disconnected",
    "6190": "the QuickBooks subscription has ended and the company is read-only",
}
BROKEN = frozenset({"10000"})
_ABOUT_THE_CONTENT = range(2000, 10_000)
# The gateway in front says SERVICE; QuickBooks itself says "Service" of a refusal (PHP-SDK#216).
_NOT_THE_CONTENT = frozenset({"SystemFault", "SERVICE", "AUTHENTICATION"})


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as QuickBooks says it. ``code`` may be empty; ``text`` is redacted and short.

    ``call_id`` is the vendor's number of the call (header ``intuit_tid``): its support asks for it.
    """

    code: str
    text: str
    type: str = ""
    call_id: str = ""

    def __str__(self) -> str:
        named = (("code", self.code), (CALL_ID, self.call_id))
        known = ", ".join(f"{name} {value}" for name, value in named if value)
        return f"{self.text} ({known})" if known else self.text


class _Error(msgspec.Struct):
    message: str | None = msgspec.field(name="Message", default=None)
    detail: str | None = msgspec.field(name="Detail", default=None)
    code: str | None = msgspec.field(name="code", default=None)


class _Fault(msgspec.Struct):
    errors: list[_Error] | None = msgspec.field(name="Error", default=None)
    type: str | None = None


class _LowError(msgspec.Struct):
    message: str | None = None
    detail: str | None = None
    code: str | None = None


class _LowFault(msgspec.Struct):
    errors: list[_LowError] | None = msgspec.field(name="error", default=None)
    type: str | None = None


class _Body(msgspec.Struct):
    fault: _Fault | None = msgspec.field(name="Fault", default=None)
    low: _LowFault | None = msgspec.field(name="fault", default=None)


def read_fault(response: Response) -> Fault | None:
    """The fault an answer carries; None when it carries none. Never raises."""
    body = _readable(response).lstrip()
    fault = None
    if body[:1] == b"{":
        fault = _from_json(body)
    elif body[:1] == b"<":
        fault = _from_xml(body[:_LOOKED_AT])
    return fault and replace(fault, call_id=_call_id(response))


def fault_of(response: Response) -> Fault:
    """The fault of an answer that is one by its status: never None."""
    said = read_fault(response)
    if said is not None:
        return said
    text = f"{response.content_type or 'no content'}, status {response.status}"
    return Fault("", text, call_id=_call_id(response))


def _call_id(response: Response) -> str:
    found = response.headers.get(CALL_ID, "")
    return found if _PLAIN_ID.fullmatch(found) else ""


def carried(response: Response) -> Fault | None:
    """The fault of any answer at all; of several in a batch, the one that says most."""
    return min(_all_carried(response), key=_gravity, default=None)


def _all_carried(response: Response) -> Sequence[Fault]:
    """Every fault of an answer, found without reading a whole page of records."""
    body = response.body
    if response.status < 300:
        if _BATCH in body[:_HEAD]:
            return _in_batch(response) if b"ault" in body else ()
        if len(body) >= _SMALL or b"ault" not in body:
            return ()
    fault = read_fault(response)
    return () if fault is None else (fault,)


def _in_batch(response: Response) -> Sequence[Fault]:
    """The faults of a batch's parts: each fails by itself, the call with status 200."""
    found = []
    for item in wire.batched(_readable(response)) or ():
        for name, said in ((b"Fault", bytes(item.fault)), (b"fault", bytes(item.low))):
            fault = _from_json(b'{"' + name + b'":' + said + b"}") if said else None
            if fault is not None:
                found.append(replace(fault, call_id=_call_id(response)))
    return found


def _gravity(fault: Fault) -> int:
    """What a person must mend before what a second look may."""
    if fault.code in LOCKED_OUT:
        return 0
    return 2 if fault.code in BROKEN else 1


def is_throttled(response: Response) -> bool:
    """A limit: 429, or code 3001 with any status (it came with 403 in 2016)."""
    return response.status == 429 or _code_in(response, THROTTLED)


def is_unauthenticated(response: Response) -> bool:
    """A 401, or what the gateway says of a token (3200, 100) with any other status."""
    return response.status == 401 or _code_in(response, UNAUTHENTICATED)


def is_expired(response: Response) -> bool:
    """Of those: what a refresh may mend, not one that says who lost which right."""
    return not _code_in(response, LOCKED_OUT)


def _code_in(response: Response, codes: Container[str]) -> bool:
    return any(fault.code in codes for fault in _all_carried(response))


def is_refusal(response: Response) -> bool:
    """A 500 in which QuickBooks judges what was sent: certainly not done, never tried again.

    Codes 2000 to 9999 are about the content (table of error code ranges, 2026). Everything else
    with a 5xx, such as a gateway's own numbers, may come after the work was done.
    """
    if response.status != 500:
        return False
    fault = fault_of(response)
    return (
        fault.code not in THROTTLED | UNAUTHENTICATED
        and fault.type not in _NOT_THE_CONTENT
        and fault.code.isdecimal()
        and int(fault.code[:9]) in _ABOUT_THE_CONTENT
    )


def _readable(response: Response) -> bytes:
    """The body in UTF-8. Names in it may be ISO 8859-1, whatever the header says."""
    body = utf8(response)
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1").encode()
    return body


@lru_cache(maxsize=1)
def _decoder() -> "msgspec.json.Decoder[_Body]":
    return msgspec.json.Decoder(_Body)


def _from_json(body: bytes) -> Fault | None:
    try:
        said = _decoder().decode(body)
    except wire.UNREADABLE:
        return None
    fault = said.fault or said.low
    if fault is None:
        return None
    errors: list[_Error] | list[_LowError] = fault.errors or []
    if not errors:
        return Fault("", "an error without a text", fault.type or "")
    code = errors[0].code or ""
    return Fault(code, _said(code, errors[0].detail, errors[0].message), fault.type or "")


def _from_xml(body: bytes) -> Fault | None:
    """Searched, not parsed: it is enough to know the code, and no parser meets the bytes."""
    if b"<Fault" not in body:
        return None
    code, kind = _XML_CODE.search(body), _TYPED.search(body)
    texts = {name: text.decode("utf-8", "replace") for name, text in _XML_TEXT.findall(body)}
    number = code.group(1).decode() if code else ""
    text = _said(number, texts.get(b"Detail"), texts.get(b"Message"))
    return Fault(number, text, kind.group(1).decode() if kind else "")


def _said(code: str, detail: str | None, message: str | None) -> str:
    """QuickBooks' own heading, and beside it the detail where no person can be in it."""
    parts = [message, detail] if code in _DETAILED else [message]
    said = ": ".join(part.strip() for part in parts if part and part.strip())
    text = redact(" ".join((said or "an error without a text").split()))[:_TEXT_MAX]
    return f"{text}: {MEANS[code]}" if code in MEANS else text
