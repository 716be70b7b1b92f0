"""Whether a row about one state or province speaks about a customer.

What: the region that the ledger gives, as a code or by its name, against the row's ISO 3166-2 code.
Where the ledger gives none, or one that nobody can read, the row counts: a doubt never loosens.
"""

import unicodedata
from functools import lru_cache

from syncer.model.ledger import Account


def concerns(region: str, account: Account) -> bool:
    """Whether a row of ``region`` ("CA-ON"; "" = everywhere) counts for a customer."""
    return counts_in(region, account.country, account.region)


def counts_in(region: str, country: str, written: str) -> bool:
    """The same for a country (ISO 3166, "" = not known) and a region as the ledger writes it."""
    if not region:
        return True
    land = region.partition("-")[0]
    if country not in ("", land):
        return False
    return code_of(country or land, written) in ("", region)


def code_of(country: str, written: str) -> str:
    """ISO 3166-2 code of a region of ``country`` as people write it; "" = nobody can tell."""
    return _code(country, written) if written else ""


@lru_cache(maxsize=2048)
def _code(country: str, written: str) -> str:
    """People write "ON", "CA-ON", "Ontario" or "ontario"; names are those of ``holidays``."""
    text = _plain(written)
    if country and text.startswith(f"{country.casefold()}-"):
        text = text[len(country) + 1 :]
    known = _regions(country) if country else {}
    return known.get(text, "")


@lru_cache(maxsize=64)
def _regions(country: str) -> dict[str, str]:
    """Codes of a country's regions by all that they are called."""
    import holidays  # late: most policies name no region

    try:
        found = holidays.country_holidays(country)
    except NotImplementedError:
        return {}
    names = dict(getattr(found, "subdivisions_aliases", None) or {})
    names |= {code: code for code in found.subdivisions}
    return {_plain(name): f"{country}-{code}" for name, code in names.items()}


def _plain(text: str) -> str:
    """Without case, accents and blanks at the ends."""
    bare = unicodedata.normalize("NFKD", text.strip())
    return "".join(one for one in bare if not unicodedata.combining(one)).casefold()
