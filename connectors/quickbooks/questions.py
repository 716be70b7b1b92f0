"""Questions that are put together in as few calls as fit, and answered all or not at all.

A ``batch`` takes at most 30 items ("batch" page, read November 2026). How large an answer may
grow is said nowhere; the server gives up after 120 seconds, so the rows of a call are bounded,
too. A question that is alone is an ordinary query: batches have a limit of their own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from connectors.quickbooks.answers import counted
from connectors.quickbooks.lists import ListDecoder, Listing, ListRead, Span
from connectors.quickbooks.query import PAGE_SIZE, Query
from syncer.http.transport import Response

T = TypeVar("T")
R = TypeVar("R")

ITEMS_MAX = 30
ROWS_MAX = 6 * PAGE_SIZE  # of one call: some 20 MB


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A statement, how its answer is read, and who gets it once every answer was read.

    ``read`` may be repeated and changes nothing; ``rows`` is the most that may come.
    """

    statement: str
    rows: int
    read: Callable[[Response], T]
    take: Callable[[T], None]


class Asker(Protocol):
    """What questions are put to."""

    def ask(self, questions: Sequence[Question[Any]]) -> list[Any]:
        """The answers to the questions of one call, in their order."""


def page_of(
    listing: Listing[R],
    take: Callable[[ListRead[R]], None],
    *,
    start: int = 1,
    rows: int = PAGE_SIZE,
) -> Question[ListRead[R]]:
    """The rows of a list from a position on, of which there are at most ``rows``."""
    decoder, span = ListDecoder(listing), Span(start)
    statement = listing.query.page(start)
    return Question(statement, rows, lambda response: decoder.decode(response, span), take)


def count_of(query: Query, take: Callable[[int], None]) -> Question[int]:
    """How many rows a list has."""
    return Question(query.count(), 1, lambda response: counted(response)[0], take)


def ask_all(api: Asker, questions: Iterable[Question[Any]]) -> None:
    """Ask in as few calls as may be, then hand every answer over, in the order of asking."""
    for together in _calls(questions):
        answers = api.ask(together)
        for question, answer in zip(together, answers, strict=True):
            question.take(answer)


def _calls(questions: Iterable[Question[Any]]) -> Iterator[list[Question[Any]]]:
    together: list[Question[Any]] = []
    for question in questions:
        rows = sum(one.rows for one in together) + question.rows
        if together and (len(together) == ITEMS_MAX or rows > ROWS_MAX):
            yield together
            together = []
        together.append(question)
    if together:
        yield together
