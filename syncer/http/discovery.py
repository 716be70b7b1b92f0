"""Finds a vendor's login endpoints in its discovery document (OpenID Connect Discovery 1.0).

The document is asked for once, when an endpoint is first needed. A vendor that does not answer
costs the waits of one read and no login: the addresses it documents are in the Provider
already. Not here: signatures of id tokens, which nothing asks for.
"""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from syncer.errors import ContractError, RateLimited, Transient
from syncer.http.faults import MalformedError
from syncer.http.transport import LOOPBACK, Response

if TYPE_CHECKING:
    from syncer.http.client import HttpClient
    from syncer.http.oauth import Provider


class Endpoints(msgspec.Struct, frozen=True):
    """What is read from the document."""

    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str = ""


def discovered(provider: "Provider", http: "HttpClient") -> "Provider":
    """``provider`` with the endpoints its discovery document names; as it was without one."""
    if not provider.discovery_url:
        return provider
    try:
        found = http.read(
            provider.discovery_url, _endpoints, headers={"Accept": "application/json"}
        )
    except (Transient, ContractError, RateLimited):
        return provider
    return replace(
        provider,
        authorize_url=found.authorization_endpoint,
        token_url=found.token_endpoint,
        revoke_url=found.revocation_endpoint or provider.revoke_url,
    )


def _endpoints(response: Response) -> Endpoints:
    if response.status != 200:
        raise MalformedError(f"status {response.status}")
    try:
        found = msgspec.json.decode(response.body, type=Endpoints)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise MalformedError("it is no discovery document") from None
    for address in (found.authorization_endpoint, found.token_endpoint):
        _check(address)
    if found.revocation_endpoint:
        _check(found.revocation_endpoint)
    return found


def _check(address: str) -> None:
    """Secrets go only where nobody can read them on the way."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise MalformedError("it names an address that is not https")
