"""Tests of the folder connector; the modules share ``conftest`` and ``broken``."""
