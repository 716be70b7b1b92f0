"""Takes secrets and personal data out of text before it is logged or raised.

Patterns cover what an HTTP exchange carries: authorisation headers, token and secret
parameters in JSON, forms and query strings, bare JWTs and e-mail addresses. It is the
last net, not the rule: the rule is that bodies and headers are not put into text at all.
"""

import re
from collections.abc import Iterable

MASK = "[redacted]"

_PRIVATE_NAMES = (
    r"access_token|refresh_token|id_token|client_secret|code_verifier|authorization|"
    r"proxy-authorization|cookie|set-cookie|password|passwd|secret|api_key|apikey|assertion|"
    r"code|token"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{6,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){0,2}"), MASK),
    (
        re.compile(rf"(?i)([\"']?\b(?:{_PRIVATE_NAMES})\b[\"']?\s*[:=]\s*)([\"'])(?:(?!\2).)*\2"),
        rf"\1\2{MASK}\2",
    ),
    (re.compile(rf"(?i)(\b(?:{_PRIVATE_NAMES})=)[^&\s\"']+"), rf"\1{MASK}"),
    (re.compile(r"(?i)(//)[^/\s:@]+:[^/\s@]+@"), rf"\1{MASK}@"),
    (re.compile(r"[^\s@<>\"',;:()\[\]=]+@[^\s@<>\"',;:()\[\]]+\.[^\s@<>\"',;:()\[\].]+"), MASK),
)


def redact(text: str, *, secrets: Iterable[str] = ()) -> str:
    """``text`` without credentials and e-mail addresses.

    ``secrets`` are literal values known to the caller; those shorter than six characters
    are ignored, or ordinary words would vanish.
    """
    for secret in secrets:
        if len(secret) >= 6:
            text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
