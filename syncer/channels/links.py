"""Which links of a ledger a customer may be given to click: public https addresses alone."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

PAY_LINK_MAX = 2000
_LINK = re.compile(r"https://[!#-;=?-\[\]_a-z~]+\Z")  # RFC 3986 characters: no quotes, no < >
_PUBLIC_NAME = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*")
_INNER_NAMES = (".local", ".localhost", ".localdomain", ".internal", ".home.arpa")


def safe_links(links: Mapping[str, str]) -> dict[str, str]:
    """Links a customer may click; anything but a plain https address is left out."""
    return {item_id: link for item_id, link in links.items() if _is_safe_link(link)}


def _is_safe_link(link: str) -> bool:
    if len(link) > PAY_LINK_MAX or not _LINK.match(link):
        return False
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and "@" not in parts.netloc and _is_public_name(host)


def _is_public_name(host: str) -> bool:
    """A name that a customer's machine asks the public DNS for: no address, no inner network.

    A last label that begins with a digit is an address to browsers, however it is written.
    """
    return bool(_PUBLIC_NAME.fullmatch(host)) and not host.endswith(_INNER_NAMES)
