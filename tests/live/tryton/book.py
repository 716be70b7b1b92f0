"""The book: sixty-odd customers of a German company, and some of them again at a British one.

Every case that Tryton's ways of keeping receivables make is there at least once, among many
ordinary customers; names are long and hostile where people can type them.
"""

from .put_in import Asked, Customer, Money, Paid

NO_REMINDERS = "No reminders"
HOSTILE = (
    '=HYPERLINK("http://evil.example","Click")',
    "Robert'); DROP TABLE party_party;--",
    "<script>alert('invoice')</script> GmbH",
    "{{ 7 * 7 }} & {% raw %} Söhne",
    "Sehr lange Firma " + "und Söhne " * 24 + "KG",
    'עברית בע"מ \u202etxt.exe',
    "株式会社 請求書 🧾",
    "O'Neill \\ & %s 100 %  ../../etc",
)


def _one(number: str, amount: str, **more: object) -> Asked:
    return Asked(number=number, amount=amount, **more)  # type: ignore[arg-type]


def _mail(key: str) -> tuple[tuple[str, bool], ...]:
    return ((f"{key}@customer.example", False),)


def _special() -> list[Customer]:
    """One customer per case."""

    def customer(key: str, *asked: Asked, **more: object) -> Customer:
        known: dict[str, object] = {"emails": _mail(key), "procedure": "standard", **more}
        return Customer(key=key, name=f"Case {key}", asked=asked, **known)  # type: ignore[arg-type]

    return [
        customer("open", _one("G-100", "119.00", reference="PO Ärger №7")),
        customer("not-due", _one("G-101", "250.00", issued=5, due=(-25,))),
        customer("part", _one("G-102", "238.00", paid=(Paid(amount="100.00", ago=20),))),
        customer(
            "parts",
            _one(
                "G-103",
                "300.00",
                paid=(Paid(amount="50.00", ago=25), Paid(amount="49.99", ago=10)),
            ),
        ),
        customer("over", _one("G-104", "80.00", paid=(Paid(amount="100.00", ago=12),))),
        customer("paid", _one("G-105", "70.00", paid=(Paid(amount="70.00", ago=15),))),
        customer("credited", _one("G-106", "400.00", end="credited")),
        customer("cancelled", _one("G-107", "401.00", end="cancelled")),
        customer("draft", _one("G-108", "402.00", end="draft"), _one("G-109", "12.00")),
        customer("instalments", _one("G-110", "400.00", due=(40, 10, -20, -50))),
        customer(
            "instalments-part",
            _one(
                "G-111",
                "400.00",
                due=(40, 10, -20, -50),
                paid=(Paid(amount="150.00", ago=5),),
            ),
        ),
        customer("dollars", _one("G-112", "892.50", currency="USD")),
        customer("yen", _one("G-113", "120000", currency="JPY")),
        customer(
            "dollars-part",
            _one("G-114", "500.00", currency="USD", paid=(Paid(amount="125.50", ago=8),)),
        ),
        customer(
            "three-currencies",
            _one("G-115", "10.01"),
            _one("G-116", "20.02", currency="USD"),
            _one("G-117", "3003", currency="JPY"),
        ),
        customer(
            "euros-beside-dollars",
            _one("G-118", "600.00", currency="USD"),
            money=(Money(amount="40.00"),),
        ),
        customer(
            "dollars-on-euros",
            _one("G-138", "700.00", paid=(Paid(amount="40.00", ago=6, currency="USD"),)),
        ),
        customer("credit-note", _one("G-119", "200.00"), _one("G-120", "-60.00", issued=20)),
        customer(
            "credit-used",
            _one("G-121", "200.00", uses="G-122"),
            _one("G-122", "-60.00", issued=20),
        ),
        customer("money", _one("G-123", "90.00"), money=(Money(amount="35.00"),)),
        customer(
            "money-draft", _one("G-124", "95.00"), money=(Money(amount="5.00", state="draft"),)
        ),
        customer("money-dollars", money=(Money(amount="17.25", currency="USD"),)),
        customer("archived", _one("G-125", "18.00"), archived=True),
        customer("merged", _one("G-126", "21.00"), merged_into="open"),
        customer("no-mail", _one("G-127", "33.00"), emails=()),
        customer(
            "many-mails",
            _one("G-128", "44.00"),
            emails=(("first@x.example", False), ("bills@x.example", True), ("too@x.example", True)),
        ),
        customer("french", _one("G-129", "55.00"), language="fr", country="FR"),
        customer("brazilian", _one("G-130", "56.00"), language="pt"),
        customer("quiet", _one("G-131", "66.00"), category=NO_REMINDERS),
        customer("never-dunned", _one("G-132", "67.00"), procedure="none"),
        customer(
            "blocked", _one("G-133", "68.00", blocked=True), _one("G-134", "69.00", due=(29,))
        ),
        customer("cents", _one("G-135", "0.01")),
        customer("huge", _one("G-136", "999999999.99")),
        customer(
            "early",
            _one("G-137", "1000.00", issued=5, due=(-25,), term="2 % within 10 days, 30 net"),
        ),
        customer("nothing"),
    ]


def _hostile() -> list[Customer]:
    return [
        Customer(
            key=f"hostile-{number}",
            name=name,
            emails=_mail(f"hostile{number}"),
            asked=(_one(f"H-{number}", f"{100 + number}.10", reference=name[:60]),),
        )
        for number, name in enumerate(HOSTILE)
    ]


def _ordinary() -> list[Customer]:
    """Customers of the everyday sort, late by another number of days each."""
    return [
        Customer(
            key=f"plain-{number}",
            name=f"Customer {number} GmbH",
            emails=_mail(f"plain{number}"),
            asked=(_one(f"P-{number}", f"{50 + number}.{number:02d}", due=(30 - number,)),),
        )
        for number in range(24)
    ]


GERMANS: tuple[Customer, ...] = (*_special(), *_hostile(), *_ordinary())
BRITONS: tuple[Customer, ...] = (
    Customer(
        key="open",
        name="Case open",
        emails=_mail("open"),
        asked=(_one("B-1", "1000.00", currency="GBP"),),
    ),
    Customer(
        key="british",
        name="Albion Ltd",
        emails=_mail("albion"),
        asked=(
            _one("B-2", "75.00", currency="GBP", paid=(Paid(amount="25.00", ago=3),)),
            _one("B-3", "12.00", currency="EUR"),
        ),
        money=(Money(amount="9.00", currency="GBP"),),
    ),
)
