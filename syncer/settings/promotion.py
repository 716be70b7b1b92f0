"""Words of advertising in what goes along with a reminder: the law of mail takes it for one then.

What: warnings about the user's own templates, signature and bank details. A reminder escapes the
rules for advertising (consent, a way to unsubscribe) only while it promotes nothing: CAN-SPAM in
the United States, the Spam Act in Australia, CASL in Canada; elsewhere it is bad manners.
Not here: what the ledger takes off for early payment, which belongs to the debt.
"""

import re
from collections.abc import Iterator

from syncer.settings.root import Settings
from syncer.settings.texts import own_texts
from syncer.settings.tree import Path

_WORDS = (
    # English
    *("special offers?", "limited(?:-| )time offers?", "promo(?:tion(?:al)?)? codes?"),
    *("discount codes?", "coupons?", "newsletters?", "black friday", "new arrivals?"),
    *("(?:shop|buy|order|upgrade) (?:now|today)", "(?:your )?next (?:order|purchase)"),
    *("refer a friend", "follow us", "check out our", "loyalty points?", "free trial"),
    # German
    *("sonderangebote?", "rabattcodes?", "gutscheine?", "jetzt (?:kaufen|bestellen|sichern)"),
    *("(?:ihre[rn]? )?nächsten? (?:bestellung|einkauf)", "folgen sie uns", "treuepunkte"),
    *("empfehlen sie uns",),
    # French
    *("offres? spéciales?", "codes? promo(?:tionnels?)?", "bons? d['’]achat"),
    *("prochaine commande", "achetez maintenant", "suivez-nous", "parrainez", "nouveautés"),
    # Dutch
    *("aanbiedingen?", "kortingscodes?", "cadeaubon(?:nen)?", "nieuwsbrie(?:f|ven)"),
    *("volgende bestelling", "(?:koop|bestel) nu", "volg ons"),
    # Spanish
    *("ofertas? especiales?", "códigos? (?:promocional(?:es)?|de descuento)", "cupon(?:es)?|cupón"),
    *("próxim[oa] (?:pedido|compra)", "(?:compre|compra|pida) ahora", "s[ií]ganos", "boletín"),
)
_PROMOTION = re.compile(rf"(?<!\w)(?:{'|'.join(_WORDS)})(?!\w)", re.IGNORECASE)


def promotional(text: str) -> Iterator[tuple[int, str]]:
    """(Line from 1, words) of each promotional phrase in ``text``."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in _PROMOTION.finditer(line):
            yield number, found[0]


def promotion(settings: Settings) -> Iterator[tuple[Path, str]]:
    """A warning for each promotional phrase in a text of the user's own."""
    for path, file, text in own_texts(settings):
        for line, words in promotional(text):
            yield path, (f"{file}:{line}: " if file else "") + _said(words)


def _said(words: str) -> str:
    return (
        f"'{words}' advertises; with it a reminder counts as advertising and needs consent in many "
        "countries: take it out"
    )
