"""Takes secrets, addresses and customers' words out of anything that is about to be written.

What: one cleaner for log lines and Sentry events. Secrets go by the name of their key, by
pattern, and by value (every value the settings hold is registered at load, in the forms it
takes inside URLs and headers). Control characters are escaped, so a customer's name cannot
forge a line or move a terminal's cursor.
Why both ways: a name misses a secret inside a sentence, a value misses one we never saw.
"""

import base64
import html
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import quote, quote_plus

from syncer.errors import SyncerError

REDACTED = "[redacted]"
ADDRESS = "[address]"
CUSTOMER_TEXT = "[customer text]"
WITHHELD = "[text withheld]"
TEXT_MAX = 8_000  # longer texts are cut: a log line is not a document
DEPTH_MAX = 12
ENTRIES_MAX = 500
SECRET_LENGTH_MIN = 4  # shorter values would blot out ordinary words
SECRET_LINE_MIN = 16  # lines of a key file are secrets of their own

_SECRET_KEY = re.compile(
    r"secret|passw|token|authori[sz]ation|cookie|credential|api[_-]?key|private|\bdsn\b"
    r"|encryption_key|signature_key|set-cookie|code_verifier|assertion",
    re.IGNORECASE,
)
_CUSTOMER_KEYS = frozenset(
    {"account_name", "customer", "customer_name", "contact_name", "phone", "tax_number"}
    | {"subject", "body", "text", "html", "reference", "description", "recipients", "to"}
)
_PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[\w+/=.~-]{6,}"), rf"\1 {REDACTED}"),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"), REDACTED),
    (
        re.compile(
            r"(?i)\b((?:access_|refresh_|id_)?token|client_secret|secret|password|passwd|api_?key"
            r"|code|code_verifier|assertion|authorization)(['\"]?\s*[=:]\s*['\"]?)[^\s&'\",;]{4,}"
        ),
        rf"\1\2{REDACTED}",
    ),
    (re.compile(r"(?i)([a-z][a-z0-9+.-]{1,20}://)[^/\s@]{1,512}@"), rf"\1{REDACTED}@"),
)
_EMAIL = re.compile(r"[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
_PERCENT = re.compile("%[0-9A-F]{2}")
_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f]*")


class Redactor:
    """Cleans values. Holds the registered secrets; give one to every place that writes."""

    def __init__(self, secrets: Iterable[str] = (), *, show_addresses: bool = False) -> None:
        self.show_addresses = show_addresses
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.register(secrets)

    def register(self, secrets: Iterable[str]) -> None:
        """Never let these values through, nor their URL-encoded and base64 forms."""
        for value in secrets:
            self._secrets.update(_forms(value))
        longest_first = sorted(self._secrets, key=lambda form: (-len(form), form))
        self._pattern = (
            re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        )

    def text(self, value: str) -> str:
        """A text that is safe to write: no secrets, no addresses, no control characters."""
        if self._pattern is not None:
            value = self._pattern.sub(REDACTED, value)
        if len(value) > TEXT_MAX:
            value = f"{value[:TEXT_MAX]}... ({len(value)} characters)"
        for pattern, replacement in _PATTERNS:
            value = pattern.sub(replacement, value)
        if not self.show_addresses:
            value = _EMAIL.sub(ADDRESS, value)
        return escape(value)

    def value(
        self, value: Any, *, key: str = "", customer_text: bool = False, depth: int = 0
    ) -> Any:
        """Any value in a form that JSON knows, cleaned. Amounts become text.

        ``customer_text`` lets through what a customer wrote; only debug lines may.
        """
        if key and isinstance(value, str | bytes | Mapping | list | tuple | set):
            if _SECRET_KEY.search(key):
                return REDACTED
            if not customer_text and key.lower() in _CUSTOMER_KEYS:
                return CUSTOMER_TEXT
        if isinstance(value, str) and not isinstance(value, Enum):
            return self.text(value)
        if value is None or (isinstance(value, bool | int | float) and not isinstance(value, Enum)):
            return value
        if depth >= DEPTH_MAX:
            return "..."
        return self._composite(value, customer_text=customer_text, depth=depth + 1)

    def _composite(self, value: Any, *, customer_text: bool, depth: int) -> Any:
        if isinstance(value, Mapping):
            entries = list(value.items())[:ENTRIES_MAX]
            return {
                self.text(str(key)): self.value(
                    entry, key=str(key), customer_text=customer_text, depth=depth
                )
                for key, entry in entries
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [
                self.value(entry, customer_text=customer_text, depth=depth)
                for entry in list(value)[:ENTRIES_MAX]
            ]
        return self.text(_as_text(value))


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    return str(value)


def told(error: BaseException) -> str:
    """The text of an error of ours; of any other only that there is one: it may quote what was
    read, and nobody can say what that was.
    """
    return str(error) if isinstance(error, SyncerError) else WITHHELD


def _forms(value: str) -> set[str]:
    """The shapes a secret takes on its way: as is, in URLs, in Basic auth, line by line, and as
    JSON, HTML and Python's own errors quote it.
    """
    if len(value) < SECRET_LENGTH_MIN:
        return set()
    raw, in_url = value.encode("utf-8", "surrogatepass"), quote(value, safe="", errors="replace")
    forms = {
        value,
        in_url,
        _PERCENT.sub(lambda found: found[0].lower(), in_url),
        quote(value, errors="replace"),
        quote_plus(value, errors="replace"),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        html.escape(value),
        repr(value)[1:-1],
        repr(raw)[2:-1],
    }
    forms.update(line for line in value.splitlines() if len(line) >= SECRET_LINE_MIN)
    return forms


def escape(text: str) -> str:
    """Control characters, line separators and direction marks made visible as ``\\xNN``."""
    if text.isascii() and _PLAIN.fullmatch(text):
        return text
    return "".join(char if _is_plain(char) else _visible(char) for char in text)


def _is_plain(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"}


def _visible(char: str) -> str:
    code = ord(char)
    if char == "\n":
        return "\\n"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
