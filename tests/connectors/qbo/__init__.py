"""Tests of the QuickBooks connector; the modules share ``bench`` and ``wires``."""
