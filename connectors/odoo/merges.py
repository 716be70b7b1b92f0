"""Merged partners: Odoo deletes the merged one and writes a note on the survivor.

The wizard moves everything to the survivor by SQL, which changes no ``write_date`` (seen on
19.0), and then posts "Merged with the following partners: NAME <ADDRESS> (ID 13)" in the
language of whoever did it. The number is what is read here, and believed only of a partner that
is not there any more: anybody may write such a text, nobody can bring an id back.
"""

import html
import re
from collections.abc import Sequence

from connectors.odoo import wire
from connectors.odoo.api import OdooApi
from connectors.odoo.lists import Listing, some
from connectors.odoo.questions import Domain, batches, plain

_NUMBER = re.compile(r"> \(ID (\d{1,12})\)")
_SIGN = "&gt; (ID "  # as the body is stored
NOTES_MAX = 10_000  # the newest; whoever merged before is not asked about any more


class Merges:
    """Which partners went into which; by ids as Odoo has them."""

    def __init__(self, api: OdooApi) -> None:
        self._api = api

    def since(self, moment: str) -> dict[int, int]:
        """Merged partner -> survivor, of notes written at ``moment`` (UTC, as Odoo writes it;
        "" = ever) or later.
        """
        later = [["create_date", ">=", moment]] if moment else []
        notes = self._notes([["body", "ilike", _SIGN], *later])
        return self._gone({gone: note.res_id for note in notes for gone in _named(note)})

    def of(self, partner_ids: Sequence[int]) -> dict[int, int]:
        """Where these partners, which are not there any more, went."""
        found: dict[int, int] = {}
        wanted = set(partner_ids)
        for one in partner_ids:
            for note in self._notes([["body", "ilike", f"{_SIGN}{one})"]]):
                found.update({gone: note.res_id for gone in _named(note) if gone in wanted})
        return self._gone(found)

    def _notes(self, domain: Domain) -> list[wire.Message]:
        asked = [["model", "=", "res.partner"], ["message_type", "=", "notification"], *domain]
        listing = Listing("mail.message", asked, plain(("res_id", "body")), wire.Message)
        return some(self._api, listing, limit=NOTES_MAX, order="id desc")

    def _gone(self, named: dict[int, int]) -> dict[int, int]:
        """Those that really are gone."""
        there: set[int] = set()
        for batch in batches(sorted(named)):
            domain = [["id", "in", list(batch)]]
            listing = Listing("res.partner", domain, plain(("active",)), wire.Reference)
            there |= {one.id for one in some(self._api, listing)}
        return {gone: into for gone, into in named.items() if gone not in there}


def _named(note: wire.Message) -> list[int]:
    body = note.body if isinstance(note.body, str) else ""
    return [int(number) for number in _NUMBER.findall(html.unescape(body))]
