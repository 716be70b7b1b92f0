"""The time zones at a debtor's place: those of its region where that is known, else of its country.

Countries come from Babel's own table. Of the three whose law packs speak of hours and that lie in
several zones, the regions stand here, by ISO 3166-2: from the time zone database (2025b, its
comments on each zone) and, for lines inside a region, from the authorities that drew them. A region
in two zones has both, and an hour counts as open only when it is open in all.
"""

from functools import lru_cache

from syncer.policy.law.region import code_of

_EAST, _CENTRAL, _MOUNTAIN, _WEST = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
_TORONTO, _WINNIPEG, _EDMONTON = "America/Toronto", "America/Winnipeg", "America/Edmonton"
_HALIFAX, _NEVER_SUMMER = "America/Halifax", "America/Panama"  # EST all year
_UNITED_STATES = (
    ("CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV", (_EAST,)),
    ("FL IN KY MI TN", (_EAST, _CENTRAL)),
    ("AL AR IA IL LA MN MO MS OK WI", (_CENTRAL,)),
    ("KS ND NE SD TX", (_CENTRAL, _MOUNTAIN)),
    ("CO MT NM UT WY", (_MOUNTAIN,)),
    ("AZ", ("America/Phoenix", _MOUNTAIN)),
    ("ID NV OR", (_MOUNTAIN, _WEST)),
    ("CA WA", (_WEST,)),
    ("AK", ("America/Anchorage", "America/Adak")),
    ("HI", ("Pacific/Honolulu",)),
    ("PR VI", ("America/Puerto_Rico",)),
    ("GU MP", ("Pacific/Guam",)),
    ("AS", ("Pacific/Pago_Pago",)),
)
_CANADA = (
    ("NL", ("America/St_Johns", _HALIFAX)),
    ("NB NS PE", (_HALIFAX,)),
    ("QC", (_TORONTO, _HALIFAX, "America/Puerto_Rico")),
    ("ON", (_TORONTO, _WINNIPEG, _NEVER_SUMMER)),
    ("MB", (_WINNIPEG,)),
    ("SK", ("America/Regina", _EDMONTON)),
    ("AB", (_EDMONTON,)),
    ("NT", (_EDMONTON,)),
    ("BC", ("America/Vancouver", _EDMONTON, "America/Phoenix")),
    ("YT", ("America/Whitehorse",)),
    ("NU", (_TORONTO, _WINNIPEG, _EDMONTON, _NEVER_SUMMER)),
)
_AUSTRALIA = (
    ("ACT", ("Australia/Sydney",)),
    ("NSW", ("Australia/Sydney", "Australia/Adelaide")),
    ("VIC", ("Australia/Melbourne",)),
    ("QLD", ("Australia/Brisbane",)),
    ("SA", ("Australia/Adelaide",)),
    ("WA", ("Australia/Perth", "Australia/Eucla")),
    ("TAS", ("Australia/Hobart",)),
    ("NT", ("Australia/Darwin",)),
)
REGIONS = {
    f"{country}-{region}": zones
    for country, rows in (("US", _UNITED_STATES), ("CA", _CANADA), ("AU", _AUSTRALIA))
    for regions, zones in rows
    for region in regions.split()
}


@lru_cache(maxsize=2048)
def zones_of(country: str, own: str, region: str = "") -> tuple[str, ...]:
    """The time zones of ``country`` (ISO 3166), or of its ``region`` as the ledger writes it.

    IANA names; ``own``, the ledger's, where none is known.
    """
    there = REGIONS.get(code_of(country, region))
    if there is not None:
        return there
    from babel.core import get_global  # late: most policies do not ask

    zones = get_global("territory_zones").get(country, ()) if country else ()
    return tuple(zones) or (own,)
