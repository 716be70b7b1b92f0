"""A Xero that runs here: the vendor's dialect over the sandbox's world, as a WSGI callable.

``app.XeroApp`` is the entry. Facts come from the vendor's pages and its OpenAPI 16.1.0 as read
in November 2026; each route names its page. What the vendor does not document is chosen so
that a careless client fails here rather than in front of a customer.
"""
