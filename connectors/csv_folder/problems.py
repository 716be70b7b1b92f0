"""How this connector says what is wrong: always the file, the row, the column and what to do."""

import re

from syncer.errors import RecordError

_HARMLESS = re.compile(r"[0-9A-Z.,'()+\-−/: €$£¥%]{1,24}")


class CellError(RecordError):
    """One cell cannot be read. ``field`` is the layout's word for its column."""

    def __init__(self, problem: str, *, field: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.field = field


class TwinError(CellError):
    """A document that was there before, then of the account ``owner``."""

    def __init__(self, problem: str, *, field: str, owner: str) -> None:
        super().__init__(problem, field=field)
        self.owner = owner


def shown(text: str) -> str:
    """``text`` for an error when it is a number, date or code; else only its length.

    A shifted row can carry a customer's name into any column, and names stay out of logs.
    """
    if _HARMLESS.fullmatch(text):
        return f"'{text}'"
    return f"a text of {len(text)} characters"
