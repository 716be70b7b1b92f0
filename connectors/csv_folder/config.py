"""The keys under ``ledgers[].settings`` of a folder ledger: which files, whose, how old.

How the rows of a file are read is a layout (``layout``); a layout in its own file is read
here, so that its mistakes are found without an export. No export is opened.
"""

from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag, model_validator

from connectors.csv_folder.builtin import LAYOUTS
from connectors.csv_folder.layout import Format, Headers, Layout, headers_of, mapped_fields
from connectors.csv_folder.layout_file import read_layout
from syncer.errors import ConfigError
from syncer.model.ledger import BooksBy, Organisation
from syncer.settings.countries import OptionalCountry
from syncer.settings.fields import Currency, Days, IsoDate, LocalPath, OneLine, TimeZone, wrong
from syncer.settings.problems import InvalidSettings, did_you_mean
from syncer.settings.section import Section, key

PAGE_SIZE = 1000
"""Rows of a file handed on at once."""

Pick = Literal["only", "newest"]


def _inside(value: str) -> str:
    path = PurePosixPath(value)
    if not value or path.is_absolute() or ".." in path.parts:
        raise wrong("expected a file name or pattern below folder, without '..'")
    return value


def _currency_or_none(value: object) -> object:
    return None if value == "" else value


def _known_layout(value: str) -> str:
    if value and value not in LAYOUTS:
        raise wrong(f"there is no layout '{value}'{did_you_mean(value, LAYOUTS)}")
    return value


def _works_as_layout(path: Path) -> Path:
    try:
        read_layout(path)
    except InvalidSettings as error:
        raise wrong("; ".join(map(str, error.problems))) from error
    except ConfigError as error:
        raise wrong(str(error)) from error
    return path


def _layout_form(value: object) -> str:
    return "name" if isinstance(value, str) else "keys"


LayoutFile = Annotated[LocalPath, AfterValidator(_works_as_layout)]
FilePattern = Annotated[str, AfterValidator(_inside)]
NamedOrInline = Annotated[
    Annotated[str, AfterValidator(_known_layout), Tag("name")] | Annotated[Layout, Tag("keys")],
    Discriminator(_layout_form),
]
OptionalCurrency = Annotated[Currency | None, BeforeValidator(_currency_or_none)]


class FileSettings(Section):
    """Where one export lies and how it is read."""

    file: FilePattern = key(
        ...,
        "file name below folder, or a pattern with * that matches exactly one",
        example="Aged Receivables*.xlsx",
    )
    pick: Pick = key(
        "only",
        "several files match: only = an error, newest = the file changed last",
        example="newest",
    )
    layout: NamedOrInline = key(
        "", "name of a built-in layout, or the layout itself", example="xero_invoices"
    )
    layout_file: LayoutFile | None = key(
        None, "YAML file with a layout, instead of layout", example="layouts/sap-open-items.yaml"
    )
    format: Format | None = key(None, "how text is read; replaces the layout's own as a whole")
    currency: OptionalCurrency = key(
        None, "currency of rows that name none, ISO 4217", example="EUR"
    )
    sheet: OneLine = key("", "sheet of a workbook; empty = its only one", example="Sheet1")
    empty_ok: bool = key(
        False, "a header without rows means that nothing is open; otherwise it is an error"
    )

    @model_validator(mode="after")
    def _one_layout(self) -> "FileSettings":
        if bool(self.layout) == bool(self.layout_file):
            raise wrong("give either layout or layout_file")
        return self


class ContactColumns(Section):
    """Which header of the contacts file holds what."""

    account: Headers = key(
        ..., "the customer number or name that joins it to the open items", example="Customer ID"
    )
    email: Headers = key(..., "e-mail address; several with ;", example="E-mail")
    name: Headers = key("", "customer name", example="Customer")
    person: Headers = key("", "name of the person", example="Contact")
    role: Headers = key("", "invoice, collections or escalation; empty = invoice", example="Role")
    language: Headers = key("", "language, BCP 47", example="Language")
    country: Headers = key("", "country, ISO 3166-1 alpha-2", example="Country")
    region: Headers = key("", "state or province: its code or its name", example="State")
    phone: Headers = key("", "telephone number", example="Phone")
    tax_number: Headers = key("", "tax or VAT number: may say who is one debtor", example="VAT ID")
    groups: Headers = key("", "groups, separated by ;", example="Groups")
    do_not_chase: Headers = key("", "yes or no", example="No reminders")
    direct_debit: Headers = key("", "yes or no: its money is collected", example="Direct debit")
    note: Headers = key("", "a note; one that begins with # may hold", example="Note")

    def headers(self, field: str) -> tuple[str, ...]:
        """The accepted spellings for ``field``."""
        return headers_of(self, field)

    def mapped(self) -> tuple[str, ...]:
        """The fields that have a header."""
        return mapped_fields(self)


class ContactsSettings(Section):
    """An optional file with addresses; several rows with one key are several persons."""

    folder: LocalPath | None = key(
        None, "where the file lies; empty = beside the exports", example="addresses"
    )
    file: FilePattern = key(..., "file name or pattern below folder", example="contacts.csv")
    pick: Pick = key("only", "as for open_items", example="newest")
    columns: ContactColumns = key(..., "which header holds what")
    join_on: Literal["account_id", "name"] = key(
        "account_id", "what the account column is compared with", example="name"
    )
    format: Format = key({}, "encoding and delimiter")
    sheet: OneLine = key("", "sheet of a workbook; empty = its only one", example="Sheet1")


class OrganisationSettings(Section):
    """Who owns the ledger: an export does not say."""

    name: OneLine = key(..., "your company's name", example="Acme Ltd")
    time_zone: TimeZone = key(..., "time zone, IANA name", example="Europe/London")
    currency: Currency = key(..., "base currency, ISO 4217", example="GBP")
    country: OptionalCountry = key(
        "", "country, ISO 3166-1 alpha-2: how customers without one read dates", example="GB"
    )

    def zone(self) -> ZoneInfo:
        """Where "today" and the day of an export are counted."""
        return ZoneInfo(self.time_zone)

    def organisation(self, fresh_on: date) -> Organisation:
        """The ledger's record; ``fresh_on`` is the day of the export."""
        return Organisation(
            name=self.name,
            time_zone=self.time_zone,
            currency=self.currency,
            country=self.country,
            books_fresh_on=fresh_on,
            books_by=BooksBy.EXPORT,
        )


class FolderSettings(Section):
    """A folder with exports, as a ledger."""

    folder: LocalPath = key(..., "where the exports lie", example="exports")
    organisation: OrganisationSettings = key(..., "the ledger's owner")
    open_items: FileSettings = key(..., "the export of open items")
    history: FileSettings | None = key(None, "an export of paid invoices, for payment behaviour")
    contacts: ContactsSettings | None = key(None, "a file with addresses")
    max_age: Days = key("3d", "an older export of open items stops the ledger", example="1d")
    replay_on: IsoDate | None = key(
        None,
        "read the exports as if it were this day, as --as-of does for one run: their age is not "
        "checked, and where the payment day decides what is open, it decides as of this day",
        example="2013-06-30",
    )
    notes_folder: LocalPath | None = key(
        None, "where notes.csv and tasks.csv go; empty = below the data folder", example="notes"
    )

    def notes_under(self, data_dir: Path, ledger: str) -> Path:
        """The folder for what is written back. It may not be the folder of a broken name."""
        return self.notes_folder or data_dir / "notes" / ledger
