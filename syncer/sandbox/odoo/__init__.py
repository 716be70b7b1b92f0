"""An Odoo that runs here: its two interfaces over the sandbox's world, as a WSGI callable.

``app.OdooApp`` is the entry: JSON-2 as 19 speaks it, JSON-RPC as 17 and 18 do. Statuses, error
names and bodies are those that a real Odoo 19.0 gave (tests/live/odoo, November 2026), with the
traceback shortened to one line. It knows the fields it has and refuses others, as Odoo does.
"""
