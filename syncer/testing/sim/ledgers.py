"""The kinds of ledger that a story can have, by name."""

from syncer.testing.sim.folder import FOLDER
from syncer.testing.sim.forms import Form
from syncer.testing.sim.odoo import ODOO
from syncer.testing.sim.quickbooks import QUICKBOOKS
from syncer.testing.sim.xero import XERO

FORMS: dict[str, Form] = {form.name: form for form in (XERO, QUICKBOOKS, ODOO, FOLDER)}
