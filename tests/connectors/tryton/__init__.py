"""Tests of the Tryton connector without a Tryton; the modules share ``scripted``."""
