"""Tests of the outbound channels."""
