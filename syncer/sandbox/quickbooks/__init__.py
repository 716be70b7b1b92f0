"""A QuickBooks Online that runs here: the vendor's dialect over the sandbox's world.

``app.QuickBooksApp`` is the entry, a WSGI callable. Facts come from the vendor's pages, its
schema set of July 2026 and the issue threads of its clients, as read in November 2026. What the
vendor does not document is chosen so that a careless client fails here rather than in front
of a customer.
"""
