"""Tests of the run reports."""
