"""The kinds of ledger that a story can have, by name."""

from syncer.testing.sim.folder import FOLDER
from syncer.testing.sim.forms import QUICKBOOKS, XERO, Form

FORMS: dict[str, Form] = {form.name: form for form in (XERO, QUICKBOOKS, FOLDER)}
