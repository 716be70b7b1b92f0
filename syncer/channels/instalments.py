"""The words to offer a payment plan with, in the customer's language, for a person to send."""

from collections.abc import Iterable, Sequence

from syncer.channels.catalogue import FALLBACK, shipped
from syncer.channels.cleaning import NAME_MAX, one_line
from syncer.channels.locales import language_of, style_for
from syncer.model.agreement import Instalment
from syncer.model.money import total


def offer_text(
    *,
    customer: str,
    currency: str,
    parts: Sequence[Instalment],
    languages: Iterable[str],
    countries: Sequence[str] = (),
) -> str:
    """The offer with its schedule. Of ``languages`` (BCP 47) the first that is known, else English.

    ``countries`` (ISO 3166) say how days and amounts are written where the language leaves it open.

    The amounts are those of ``parts``, to the last coin.
    """
    known = shipped().languages()
    tag = next((tag for tag in languages if language_of(tag) in known), FALLBACK)
    language = language_of(tag)
    words = shipped().words(language)
    style = style_for(language, tag=tag, countries=countries)
    whole = style.money(total(part.amount for part in parts), currency)
    lines = [
        words["plan_line"] % (style.long_date(part.due_on), style.money(part.amount, currency))
        for part in parts
    ]
    opening = words["plan_offer"] % (one_line(customer, NAME_MAX), whole)
    return "\n\n".join([opening, "\n".join(f"- {line}" for line in lines), words["plan_close"]])
