"""Simulators that people and tests run instead of a real ledger: one world, many wire forms.

``world`` holds what is true (platform-neutral), ``book`` fills it and lets days pass,
``xero`` speaks a vendor's dialect over it, ``serve`` puts that on a socket, and
``trouble`` names the faults a socket can suffer. Nothing here knows a connector.
"""
