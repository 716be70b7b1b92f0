"""Odoo's HTML texts as words."""

import html
import re

from connectors.odoo import wire

_TAG = re.compile(r"<[^>]*>")
_LINE_END = re.compile(r"<br\s*/?>|</p>\s*<p[^>]*>")


def plain(body: wire.Text) -> str:
    """The words of an HTML text, line by line."""
    if not isinstance(body, str):
        return ""
    return html.unescape(_TAG.sub("", _LINE_END.sub("\n", body)))
