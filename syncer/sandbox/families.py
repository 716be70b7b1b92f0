"""Customers with several sites: parts of a parent that pays for them, or pay themselves.

Only vendors that know such families show them as such; open balances are the same anywhere.
"""

import random

from syncer.sandbox import people
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact

EVERY = 9  # of the customers, one has several sites
PARTS = (2, 3, 4)
SITES = ("North store", "South store", "Warehouse", "Main office", "Lakeside store", "Depot")
PAYS_FOR_THEM = 0.8  # of the parents


def split_up(ledger: Ledger, rng: random.Random, parent: Contact) -> list[Contact]:
    """Give a customer its sites. A site whose parent pays has no address of its own."""
    parent_pays = rng.random() < PAYS_FOR_THEM
    sites = rng.sample(SITES, k=rng.choice(PARTS))
    return [
        people.enter_contact(ledger, _site(ledger, parent, at, site, parent_pays=parent_pays))
        for at, site in enumerate(sites, 1)
    ]


def _site(ledger: Ledger, parent: Contact, at: int, site: str, *, parent_pays: bool) -> Contact:
    own = "" if parent_pays else parent.email.replace("accounts@", f"site{at}@")
    return Contact(
        contact_id=ledger.books.new_id(),
        name=f"{parent.name} {site}",
        changed_at=parent.changed_at,
        email=own,
        city=parent.city,
        country=parent.country,
        number=f"{parent.number}-{at}",
        currency=parent.currency,
        terms_days=parent.terms_days,
        habit=parent.habit,
        parent_id=parent.contact_id,
        parent_pays=parent_pays,
    )
