"""How many of something, in the English of logs, reports and the command line."""


def count_text(number: int, noun: str, plural: str = "") -> str:
    """``1 customer``, ``2 customers``, ``1,200 customers``: every count goes by this.

    ``plural`` only where it is not ``noun`` with an s.
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
