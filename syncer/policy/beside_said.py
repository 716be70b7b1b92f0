"""The sentences of the codes about messages beside the ladder: thanks, and instalments coming due.

As those of ``sentences``: a bare one, and a full one whose places are the reason's arguments.
"""

from syncer.model.decision import Code

SAID: dict[Code, tuple[str, str]] = {
    Code.INSTALMENT_DUE: (
        "An instalment of a payment plan falls due soon, and only that is asked for.",
        "The instalment of {3:2} is due on {0}; {1:2} is asked for, the rest of the plan is not.",
    ),
    Code.THANK_YOU: (
        "What was asked for is paid, and the customer is thanked.",
        "Invoice {0} was paid on {1}, as it was asked; the customer is thanked.",
    ),
    Code.THANKED: (
        "The customer was thanked already.",
        "The customer was thanked for it on {0}.",
    ),
    Code.PAYMENT_UNPROVEN: (
        "No thanks: the ledger does not prove that money closed the invoices.",
        "No thanks: the ledger does not prove that money closed the invoices.",
    ),
    Code.PAID_UNASKED: (
        "No thanks: it was paid before anybody was reminded.",
        "No thanks: it was paid on {0}, before the first message of {1}.",
    ),
    Code.THANKS_TOO_LATE: (
        "No thanks: the payment is too long ago.",
        "No thanks: it was paid on {0}, more than {1:day} ago.",
    ),
}
