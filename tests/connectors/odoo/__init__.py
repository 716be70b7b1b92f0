"""The Odoo connector over a stand-in that answers as a real Odoo was seen to answer."""
