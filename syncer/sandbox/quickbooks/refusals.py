"""The world's refusals as the vendor's error codes ("error codes" pages, November 2026)."""

from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.refusal import Reason, Refused

CODES = {
    Reason.UNKNOWN: ("610", "Object Not Found : {what} {detail}"),
    Reason.MISSING: ("2020", "Required parameter {what} is missing"),
    Reason.INVALID: ("6000", "Business Validation Error: {what} {detail}"),
    Reason.NOT_UNIQUE: ("6240", "The name supplied already exists: {detail}"),
    Reason.ARCHIVED: (
        "610",
        "Object Not Found : Something you're trying to use has been made inactive: {detail}",
    ),
    Reason.WRONG_STATUS: ("6000", "Business Validation Error: the transaction is {what}"),
    Reason.FROZEN: ("6000", "Business Validation Error: {what} is linked and cannot be changed"),
    Reason.TOO_MUCH: ("6000", "Business Validation Error: {what} is more than {detail}"),
    Reason.WRONG_PARTY: ("620", "TxnId cannot be linked: the customers differ"),
    Reason.CURRENCY: ("6000", "Business Validation Error: currency {what} cannot be used"),
    Reason.LOCKED: ("6210", "The books are closed up to {detail}"),
    Reason.PLAN_CAP: ("5030", "The plan does not include this: {what}"),
    Reason.MAIL_CAP: ("3001", "The daily limit of {detail} e-mails was reached"),
    Reason.NO_ADDRESS: ("6000", "Business Validation Error: there is no e-mail address"),
}


def wrong(refused: Refused) -> Wrong:
    """What the vendor would answer."""
    if refused.reason is Reason.NOT_UNIQUE and refused.what == "number":
        return Wrong("6140", f"The document number {refused.detail} is already used", "DocNumber")
    code, text = CODES[refused.reason]
    return Wrong(code, text.format(what=refused.what, detail=refused.detail).strip())
