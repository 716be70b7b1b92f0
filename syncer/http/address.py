"""Addresses of servers, as a connector's settings give them."""

import re
from urllib.parse import urlsplit

from syncer.http.transport import LOOPBACK

_PLAIN = re.compile(r"https?://[\w.:\[\]-]+(?:/[\w./~-]*)?\Z", re.ASCII)


def server_address(address: str) -> str:
    """``address`` without a slash at its end; "" stays "". For pydantic's ``AfterValidator``.

    Raises ValueError for one that secrets or a person's data could leave by: not encrypted and
    not on this machine, or with a user, a question or a fragment in it.
    """
    if not address:
        return ""
    parts = urlsplit(address)
    here = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not (parts.hostname and (parts.scheme == "https" or here)):
        raise ValueError("must be https, or http on this machine (127.0.0.1 or localhost)")
    if not _PLAIN.match(address):
        raise ValueError("must be scheme, host, port and path alone: no user, ? or #")
    return address.rstrip("/")
