"""Whether a row about one state or province speaks about a customer.

What: the region that the ledger gives, as a code or by its name, against the row's ISO 3166-2 code.
Where the ledger gives none, or one that nobody can read, the row counts: a doubt never loosens.
"""

import unicodedata
from functools import lru_cache

from syncer.model.ledger import Account


def concerns(country: str, region: str, account: Account) -> bool:
    """Whether a row of ``region`` ("CA-ON"; "" = everywhere), of a pack of ``country``, counts."""
    if not region:
        return True
    land = region.partition("-")[0] if "-" in region else country
    if account.country not in ("", land):
        return False
    return region_of(account, land) in ("", region)


def region_of(account: Account, country: str = "") -> str:
    """ISO 3166-2 code of where the customer is; "" = not known. ``country`` if it says none."""
    return _code(account.country or country, account.region) if account.region else ""


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
