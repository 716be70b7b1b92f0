"""Odoo 19 as it is: installed, filled and asked."""
