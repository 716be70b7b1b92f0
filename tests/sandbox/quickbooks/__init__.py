"""Tests of the QuickBooks form of the sandbox."""
