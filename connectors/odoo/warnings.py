"""What a person should hear before the first run: ``syncer check`` prints it."""

from collections.abc import Iterator

from connectors.odoo import wire
from connectors.odoo.api import OdooApi
from connectors.odoo.company import Setting
from connectors.odoo.config import OdooConfig
from connectors.odoo.lists import Listing, some
from connectors.odoo.questions import plain
from connectors.odoo.speech import RefusedError
from connectors.odoo.tasks import Tasks


def warnings(api: OdooApi, config: OdooConfig, setting: Setting, tasks: Tasks) -> Iterator[str]:
    """Sentences, each with what to do."""
    for chaser in setting.chasers:
        yield (
            f"{chaser} is installed: if it writes to customers too, they are chased twice. "
            "Switch one of the two off"
        )
    if not setting.zone_known:
        yield (
            "neither the company's contact nor the user has a time zone in Odoo, so UTC is "
            "taken: give settings.time_zone"
        )
    yield from _unknown_tags(api, config)
    try:
        tasks.person()
    except RefusedError as error:
        yield str(error)


def _unknown_tags(api: OdooApi, config: OdooConfig) -> Iterator[str]:
    """Configured tags that the database does not have: probably a misspelling."""
    if not config.do_not_chase_tags:
        return
    listing = Listing("res.partner.category", [], plain(("name",)), wire.Named)
    known = {str(row.name).casefold() for row in some(api, listing)}
    for name in config.do_not_chase_tags:
        if name.casefold() not in known:
            yield f"do_not_chase_tags names {name!r}, which is no contact tag in Odoo"
