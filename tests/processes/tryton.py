"""A real Tryton as one of the ledgers, where one can be had (tests/live/tryton)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.serve import serve_app
from tests.live.tryton.auditor import Auditor
from tests.live.tryton.door import Door
from tests.live.tryton.entering import Booked
from tests.live.tryton.put_in import Asked, Customer
from tests.live.tryton.seeding import GERMAN, LOGIN, PASSWORD, Office
from tests.live.tryton.server import DATABASE

from .ledgers import CUSTOMERS, NOTE_KEY, Gate, Side, late_world, yaml_lines

TEMPLATE = "Payment reminder"
AGED_SECONDS = 2 * 86400
LATE = tuple(
    Customer(
        key=f"late-{number}",
        name=f"Late {number} GmbH",
        emails=((f"late{number}@customer.example", False),),
        asked=(Asked(number=f"L-{number}", amount="100.00", issued=30, due=(5 + number,)),),
    )
    for number in range(1, CUSTOMERS + 1)
)


@contextmanager
def tryton(office: Office) -> Iterator[Side]:
    """Its books put back to two customers who are late."""
    company = office.companies[GERMAN]
    entered = Booked(office, date.today())
    name = f"late-mailed-{entered.today}-{entered.digest(*LATE)}"
    kept = office.kept / f"{name}.json"

    def make() -> None:
        office.restart_books()
        entered.enter(company, LATE)
        office.clerk("template", name=TEMPLATE, subject="Due", body="<p>Please</p>")
        office.clerk("age", seconds=AGED_SECONDS)
        entered.write_down(kept, LATE)

    office.put_kept(name, make)
    entered.take_up(kept)
    auditor = Auditor(office.server, company)

    def notes() -> list[str]:
        texts = [text for party in entered.parties.values() for text in auditor.notes(str(party))]
        return [key for text in texts for key in NOTE_KEY.findall(text)]

    def mailed() -> list[str]:
        items = [str(line) for lines in entered.lines.values() for line in lines]
        return [item for item in items for _ in range(auditor.mails(item))]

    gate = Gate(Door(office.server.url))
    with serve_app(gate, late_world(), FaultPlan(), host="127.0.0.1", port=0) as running:
        settings = {
            "url": running.base_url,
            "database": DATABASE,
            "user": LOGIN,
            "password": PASSWORD,
            "company": GERMAN,
            "history_months": "0",
            "mail_template": TEMPLATE,
        }
        yield Side("tryton", yaml_lines(settings), gate, notes, mailed)
