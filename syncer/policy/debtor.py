"""Who is one debtor in several ledgers: what the configuration says, and nothing guessed.

Beside that, accounts that share an e-mail address can be contacted as one: whoever reads it there.

An account that the configuration names belongs to the debtor it is named under, and to no
other. The rest are matched, where that is asked for, by tax number and e-mail domain together:
both must be there, both must be equal, and a domain at which anybody can have a mailbox does
not count. A name, an address or a telephone number never makes two customers one.
"""

import re

from syncer.model.ledger import Account, Record
from syncer.policy.mailboxes import PUBLIC_DOMAINS

TAX_DIGITS_MIN = 5
"""Fewer digits are no tax number but what people type where one is asked for."""

_MASKED = re.compile(r"[*•#?]|X{3}", re.IGNORECASE)  # a vendor shows the last digits only
_BESIDE = re.compile(r"[^0-9A-Z]")


class DebtorRules(Record, kw_only=True, frozen=True):
    """How one ledger's accounts are told to be debtors that other ledgers have as well."""

    named: tuple[tuple[str, str], ...] = ()  # (account id or exact name, the debtor's name)
    by_tax_number: bool = False  # and e-mail domain
    by_address: bool = False  # who shares an address is contacted as one, in one ledger too

    @property
    def given(self) -> bool:
        """Whether they say anything at all."""
        return bool(self.named) or self.by_tax_number or self.by_address


def named_key(debtor: str) -> str:
    """The key of a debtor that the configuration names."""
    return f"named:{debtor}"


def matched_key(account: Account) -> str:
    """The key of an account by tax number and domain; "" when it must not be matched.

    The domain is that of the first address, the one invoices go to.
    """
    tax_number = _tax_number(account.tax_number)
    domain = _domain(account.people[0].email) if account.people else ""
    return f"matched:{tax_number}@{domain}" if tax_number and domain else ""


def mailboxes_of(account: Account) -> tuple[str, ...]:
    """The addresses at which an account may be written to, each in its one spelling, sorted.

    Upper case does not tell mailboxes apart: no large provider minds it, and whoever does would
    only be contacted less often.
    """
    found = {_mailbox(person.email) for person in account.people}
    return tuple(sorted(found - {""}))


def _mailbox(email: str) -> str:
    name, _, domain = email.strip().rpartition("@")
    plain = _plain_domain(domain)
    return f"{name.casefold()}@{plain}" if name and plain else ""


def _tax_number(text: str) -> str:
    """Capitals and digits alone; "" for a masked one and for a filler such as 000000000."""
    if _MASKED.search(text):
        return ""
    plain = _BESIDE.sub("", text.upper())
    digits = [letter for letter in plain if letter.isdigit()]
    if len(digits) < TAX_DIGITS_MIN or len(set(digits)) == 1:
        return ""
    return plain


def _domain(email: str) -> str:
    """The domain in its one spelling; "" when it says nothing about who somebody is."""
    domain = _plain_domain(email.rpartition("@")[2])
    return "" if "." not in domain or domain in PUBLIC_DOMAINS else domain


def _plain_domain(text: str) -> str:
    """A domain in its one spelling; "" for what is none."""
    try:
        return text.strip().rstrip(".").casefold().encode("idna").decode("ascii")
    except UnicodeError:
        return ""
