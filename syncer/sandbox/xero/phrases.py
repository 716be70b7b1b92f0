"""The world's refusals in the vendor's words, as far as its pages or users quote them.

Sources: "invoices", "payments" and "responses" pages and the issue threads they are quoted in,
read November 2026. Texts nobody has published are plain sentences of the same meaning; a
client should not match on any of them.
"""

from syncer.sandbox.refusal import Reason, Refused

LOCKS = {"period": "period lock date", "year": "end of year lock date"}
TEXTS = {
    Reason.UNKNOWN: "The {what} with identifier '{detail}' could not be found",
    Reason.MISSING: "A value for {what} is required",
    Reason.INVALID: "The value of {what} is not valid {detail}",
    Reason.ARCHIVED: "The contact '{detail}' is currently archived and cannot be used",
    Reason.WRONG_STATUS: "Document is not of valid status for this operation ({what})",
    Reason.FROZEN: "This document cannot be edited as it has a payment or credit note allocated",
    Reason.TOO_MUCH: "Payment amount exceeds the amount outstanding on this document ({detail})",
    Reason.WRONG_PARTY: "The credit and the invoice belong to different contacts",
    Reason.CURRENCY: "Organisation is not subscribed to currency {what}",
    Reason.PLAN_CAP: "You have reached the limit of invoices you can approve",
    Reason.MAIL_CAP: "The daily limit of {detail} e-mails for this organisation was reached",
    Reason.NO_ADDRESS: "The contact has no e-mail address",
}


def phrase(refused: Refused) -> str:
    """One sentence for a ``ValidationErrors`` entry."""
    what, detail = refused.what, refused.detail
    if refused.reason is Reason.LOCKED:
        return f"The document date cannot be before the {LOCKS[what]}, currently set at {detail}"
    if refused.reason is Reason.NOT_UNIQUE and what == "number":
        return "Invoice # must be unique."
    if refused.reason is Reason.NOT_UNIQUE:
        return (
            f"The contact name {detail} is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        )
    return TEXTS[refused.reason].format(what=what, detail=detail).strip()
