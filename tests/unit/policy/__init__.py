"""Tests of the policy step."""
