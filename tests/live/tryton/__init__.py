"""Tryton itself, installed for these tests alone and driven live."""
