"""The kinds of values a configuration holds, each read from text in words.

What: annotated types for pydantic models: days (``7d``), durations (``15m``), quoted amounts,
dates, times of day, currencies, time zones, addresses. Connectors' config models use them too.
Why: one wording for every mistake, and no float ever becomes money.
Not here: positions (added by ``verdicts``) and sections (the models).
"""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from syncer.settings.problems import did_you_mean

DAYS_MAX = 3_650
WHOLE = 100  # percent
_DAYS = re.compile(r"(\d{1,5}) ?([dw])")
_DURATION = re.compile(r"(\d{1,6}) ?(ms|s|m|h|d)")
_AMOUNT = re.compile(r"\d{1,13}(\.\d{1,4})?")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[^@\s<>()\[\],;:\\\"]{1,190}")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:]+:[0-9a-fA-F:.]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def wrong(sentence: str) -> PydanticCustomError:
    """A refusal in our own words, passed through pydantic untouched."""
    return PydanticCustomError("syncer", "{sentence}", {"sentence": sentence})


def _text(value: Any, expected: str) -> str:
    if not isinstance(value, str):
        raise wrong(f"expected {expected}")
    return value.strip()


def days(value: Any) -> int:
    """``7d`` or ``2w`` to days."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise wrong("days are never negative; say before_due or after_due instead of a sign")
        raise wrong(f"a number of days needs its unit; write {value}d")
    text = _text(value, "a number of days such as 7d or 2w")
    if text[:1] in {"-", "+"}:
        raise wrong("days carry no sign; write 7d and say before_due or after_due")
    match = _DAYS.fullmatch(text)
    if not match:
        raise wrong("not a number of days; write it like 7d or 2w")
    number = int(match[1]) * (7 if match[2] == "w" else 1)
    if number > DAYS_MAX:
        raise wrong(f"more than {DAYS_MAX} days; write a smaller number")
    return number


def duration(value: Any) -> timedelta:
    """``500ms``, ``30s``, ``15m``, ``2h`` or ``1d`` to a timedelta."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise wrong("a duration needs its unit; write it like 30s, 15m or 2h")
    match = _DURATION.fullmatch(_text(value, "a duration such as 30s, 15m or 2h"))
    if not match or not int(match[1]):
        raise wrong("not a duration; write it like 30s, 15m or 2h")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def amount(value: Any) -> Decimal:
    """A quoted amount to Decimal, never through a float."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise wrong(
            'an amount must be in quotes, else its digits may change; write it like "25.00"'
        )
    text = _text(value, 'an amount in quotes such as "25.00"')
    if text.startswith("-"):
        raise wrong('an amount is never negative; write it like "25.00"')
    if not _AMOUNT.fullmatch(text):
        raise wrong('not an amount; write digits and a point, without separators, like "1250.00"')
    return Decimal(text)


def share(value: Any) -> Decimal:
    """``5%`` to Decimal("0.05")."""
    match = _SHARE.fullmatch(_text(value, "a share such as 5%"))
    if not match or Decimal(match[1]) > WHOLE:
        raise wrong("not a share; write it like 5%")
    return Decimal(match[1]) / 100


def iso_date(value: Any) -> date:
    """``2026-01-31`` to a date."""
    text = _text(value, "a date such as 2026-01-31")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise wrong("not a date; write year-month-day like 2026-01-31")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong("there is no such day in the calendar; write it like 2026-01-31") from None


def time_of_day(value: Any) -> time:
    """``08:30`` to a time, in the ledger's time zone."""
    if isinstance(value, time):
        return value
    match = _TIME.fullmatch(_text(value, "a time of day such as 08:30"))
    if not match:
        raise wrong("not a time of day; write hours and minutes like 08:30")
    return time(int(match[1]), int(match[2]))


def count(value: Any) -> int:
    """A whole number; true and false are not numbers here."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
        return int(value)  # from an environment variable
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong("expected a whole number")
    return value


@cache
def _currencies() -> frozenset[str]:
    from babel.numbers import list_currencies  # late: few configurations name a currency

    return frozenset(list_currencies())


def currency(value: Any) -> str:
    """An ISO 4217 code."""
    text = _text(value, "a currency code such as EUR")
    if text not in _currencies():
        raise wrong(f"'{text}' is not an ISO 4217 currency code{did_you_mean_code(text)}")
    return text


def did_you_mean_code(text: str) -> str:
    """A hint for a currency: capitals if that is all, else an example."""
    upper = text.upper()
    return f"; write {upper}" if upper in _currencies() else "; write it like EUR or USD"


def is_time_zone(text: str) -> bool:
    """Whether this machine knows the IANA time zone ``text``, whoever wrote it."""
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        return False
    return True


def time_zone(value: Any) -> str:
    """An IANA time zone name."""
    text = _text(value, "a time zone such as Europe/Berlin")
    if not is_time_zone(text):
        hint = did_you_mean(text, available_timezones()) if "/" in text else ""
        hint = hint if "did you mean" in hint else "; write it like Europe/Berlin"
        raise wrong(f"there is no time zone '{text}'{hint}")
    return text


def email(value: Any) -> str:
    """One plain e-mail address."""
    text = _text(value, "an e-mail address such as billing@example.com")
    if not _EMAIL.fullmatch(text) or not text.isprintable() or ".." in text or text.endswith("."):
        raise wrong("not an e-mail address; write one plain address like billing@example.com")
    return text


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def web_address(value: Any) -> str:
    """An https address; plain http only to this machine. No user name or password inside."""
    text = _text(value, "an address such as https://example.com")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises on a bad port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or re.search(r"\s", text):
        raise wrong("not a web address; write it like https://example.com")
    if parts.username or parts.password:
        raise wrong("an address with a password inside; use the keys for user name and password")
    if parts.scheme == "http" and not is_loopback(host):
        raise wrong("plain http to another machine can be read on the way; write https://")
    return text


def host_name(value: Any) -> str:
    """A host name or IP address, without scheme, port or path."""
    text = _text(value, "a host name such as smtp.example.com")
    if not _HOST.fullmatch(text):
        raise wrong("not a host name; write it like smtp.example.com, without scheme, port or path")
    return text


def holiday_region(value: Any) -> str:
    """An ISO 3166 country or subdivision whose public holidays are known."""
    text = _text(value, "a country or region such as GB or GB-SCT")
    country, _, region = text.partition("-")
    import holidays  # late: few configurations name a region

    known = holidays.list_supported_countries()
    if country not in known:
        upper = (
            f"; write {text.upper()}"
            if country.upper() in known
            else "; write it like DE or GB-SCT"
        )
        raise wrong(f"no public holidays are known for '{text}'{upper}")
    if region and region not in known[country]:
        choices = [f"{country}-{name}" for name in known[country]]
        raise wrong(f"no public holidays are known for '{text}'{did_you_mean(text, choices)}")
    return text


def weekday(value: Any) -> int:
    """``mon`` .. ``sun`` to 0 .. 6."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise wrong("a weekday is a word; write it like mon")
    text = _text(value, "a weekday such as mon").lower()
    if text[:3] not in _WEEKDAYS:
        raise wrong("not a weekday; use mon, tue, wed, thu, fri, sat or sun")
    return _WEEKDAYS.index(text[:3])


def name(value: Any) -> str:
    """A short name for commands and file names."""
    text = _text(value, "a name as text; put it in quotes")
    if not _NAME.fullmatch(text):
        raise wrong("not a usable name; use up to 64 letters, digits, '-', '_' and '.', no spaces")
    return text


def one_line(value: Any) -> str:
    """Text without line breaks or control characters."""
    text = _text(value, "a text in quotes")
    if not text.isprintable():
        raise wrong("a line break or control character; write it on one line")
    return text


def language(value: Any) -> str:
    """A BCP 47 tag such as ``en`` or ``de-CH``."""
    text = _text(value, "a language such as en or de-CH")
    if not re.fullmatch(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}", text):
        raise wrong("not a language; write it like en or de-CH")
    return text


def local_path(value: Any, info: ValidationInfo) -> Path:
    """A path; a relative one starts at the folder of the first configuration file."""
    text = str(value) if isinstance(value, Path) else _text(value, "a path in quotes")
    if not text or "\x00" in text:
        raise wrong("expected a path such as ./out")
    base = (info.context or {}).get("base", Path())
    return Path(base) / text


def _schema(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


def _read(reader: Callable[[Any], Any], kind: str, **more: Any) -> tuple[Any, Any]:
    return BeforeValidator(reader), _schema(kind, **more)


def one_of(kinds: type[Any]) -> BeforeValidator:
    """Refuses a word that is no member of the StrEnum ``kinds``, and says which are."""
    words = [str(member.value) for member in kinds]

    def check(value: Any) -> Any:
        if isinstance(value, str) and value in words:
            return value
        if not isinstance(value, str):
            raise wrong(f"expected one of: {', '.join(words)}")
        raise wrong(f"'{value}' is not known here{did_you_mean(value, words)}")

    return BeforeValidator(check)


def at_least(lowest: int) -> AfterValidator:
    """Refuses a smaller number."""

    def check(value: int) -> int:
        if value < lowest:
            raise wrong(f"{value} is too small; write {lowest} or more")
        return value

    return AfterValidator(check)


def at_most(highest: int) -> AfterValidator:
    """Refuses a larger number."""

    def check(value: int) -> int:
        if value > highest:
            raise wrong(f"{value} is too large; write {highest} or less")
        return value

    return AfterValidator(check)


Days = Annotated[int, *_read(days, "string", pattern=r"^\d{1,5} ?[dw]$")]
Duration = Annotated[timedelta, *_read(duration, "string", pattern=r"^\d{1,6} ?(ms|s|m|h|d)$")]
Amount = Annotated[Decimal, *_read(amount, "string", pattern=r"^\d{1,13}(\.\d{1,4})?$")]
Share = Annotated[Decimal, *_read(share, "string", pattern=r"^\d{1,3}(\.\d{1,4})? ?%$")]
IsoDate = Annotated[date, *_read(iso_date, "string", format="date")]
TimeOfDay = Annotated[time, *_read(time_of_day, "string", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Count = Annotated[int, BeforeValidator(count), _schema("integer", minimum=0)]
Currency = Annotated[str, *_read(currency, "string", pattern="^[A-Z]{3}$")]
TimeZone = Annotated[str, *_read(time_zone, "string")]
Email = Annotated[str, *_read(email, "string", format="email")]
WebAddress = Annotated[str, *_read(web_address, "string", format="uri")]
HostName = Annotated[str, *_read(host_name, "string", format="hostname")]
HolidayRegion = Annotated[str, *_read(holiday_region, "string", pattern="^[A-Z]{2}(-[A-Z0-9]+)?$")]
Weekday = Annotated[int, *_read(weekday, "string", enum=list(_WEEKDAYS))]
Name = Annotated[str, *_read(name, "string", pattern=f"^{_NAME.pattern}$")]
OneLine = Annotated[str, *_read(one_line, "string")]
Language = Annotated[str, *_read(language, "string")]
LocalPath = Annotated[Path, BeforeValidator(local_path), _schema("string")]
