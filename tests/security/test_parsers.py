"""Whatever bytes come in, a parser ends with a value or an error that it documents."""

import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.quickbooks.faults import is_refusal
from connectors.tryton.entries import invoice_of
from syncer.http.transport import Response

from .parsers import PARSERS, tried
from .tampering import ACTS, ODD, Tampered, altered

SECONDS_MAX = 5.0  # of reckoning, for one input; the slowest honest one takes a tenth of a second
EXAMPLES = {"every call": 12, "configuration": 15, "export": 15}
USUAL = 60


def _examples(name: str) -> int:
    return next((count for part, count in EXAMPLES.items() if part in name), USUAL)


def _inputs(name: str) -> st.SearchStrategy[bytes]:
    """Seeds with pieces cut out and put in; for connectors, the spelling of an alteration."""
    if name.endswith("every call"):
        places = st.tuples(st.integers(0, 4), st.integers(0, 15), st.integers(0, ACTS - 1))
        where = st.tuples(st.binary(min_size=2, max_size=2), st.integers(0, len(ODD) - 1))
        return st.builds(
            lambda place, at, rest: bytes(place) + at[0] + bytes([at[1]]) + rest,
            places,
            where,
            st.binary(max_size=12),
        )
    spliced = st.builds(
        lambda seed, at, cut, more: seed[: at % (len(seed) + 1)] + more + seed[at + cut :],
        st.sampled_from(PARSERS[name].seeds),
        st.integers(0, 5000),
        st.integers(0, 40),
        st.one_of(st.binary(max_size=20), st.text(max_size=20).map(lambda text: text.encode())),
    )
    return st.one_of(spliced, st.binary(max_size=300), st.text(max_size=200).map(str.encode))


@pytest.mark.parametrize("name", PARSERS)
def test_any_bytes_end_as_a_value_or_a_known_error(name: str) -> None:
    """Nothing else comes out of a parser, and nothing takes long."""

    @settings(
        max_examples=_examples(name),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_inputs(name))
    def run(data: bytes) -> None:
        began = time.thread_time()
        tried(name, data.ljust(6, b"\0"))
        assert time.thread_time() - began < SECONDS_MAX

    run()


@pytest.mark.parametrize("name", [name for name in PARSERS if "every call" not in name])
@pytest.mark.parametrize(
    "data",
    [
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"9" * 100_000,
        b"x" * 1_000_000,
        b"(" * 100_000,
        b" \t" * 200_000,
        b"a@" * 50_000,
        b'"' * 100_001,
        b"\\" * 100_000,
        b"\xff\xfe" * 10_000,
        bytes(range(256)) * 40,
    ],
    ids=lambda data: f"{len(data)} x {data[:2].decode('latin-1')!a}",
)
def test_depth_and_length_cost_no_more_than_seconds(name: str, data: bytes) -> None:
    """Depth breaks no stack, and no pattern takes more than about linear time."""
    began = time.thread_time()
    tried(name, data)
    assert time.thread_time() - began < SECONDS_MAX


@pytest.mark.parametrize("name", [name for name in PARSERS if "every call" in name])
@pytest.mark.parametrize("nth", range(8))
def test_an_answer_of_any_depth_is_a_known_error(name: str, nth: int) -> None:
    """Brackets in brackets in place of each of a connector's first answers, in each of its acts."""
    for act in range(5):
        head = bytes([act, nth]) if not name.startswith("tryton") else bytes([nth])
        tried(name, head + bytes(3) + b'{"a":[' * 20_000)


@pytest.mark.parametrize(
    ("name", "head"),
    [("xero", b"\0\1"), ("quickbooks", b"\0\2"), ("odoo19", b"\0\1"), ("tryton", b"\2")],
)
@pytest.mark.parametrize("odd", [ODD.index("2026-02-30"), ODD.index("x" * 5000)])
def test_odd_values_anywhere_in_the_first_answers_are_known_errors(
    name: str, head: bytes, odd: int
) -> None:
    """Each value of the answer that tells of the organisation, one after the other."""
    for place in range(18):
        tried(f"{name}: every call", head + bytes([4, 0, place, odd]))


@pytest.mark.parametrize("place", range(5))
def test_a_version_or_number_of_any_length_is_a_known_error(place: int) -> None:
    """Python reads no number of more than 4300 digits: what asks for one is told, and no crash."""
    odd = ODD.index("9" * 5000)
    tried("odoo19: every call", bytes([0, 0, 4, 0, place, odd]))
    tried("tryton: every call", bytes([1, 4, 0, place, odd]))
    assert invoice_of(f"account.invoice,{ODD[odd]}") is None
    fault = {"Fault": {"Error": [{"code": ODD[odd], "Message": "m"}], "type": "ValidationFault"}}
    assert not is_refusal(Response(500, {}, json.dumps(fault).encode()))


def _planted() -> Iterator[tuple[bytes, bytes]]:
    yield b'{"a": [1, 2]}', bytes([4, 0, 2, 3])
    yield b'{"a": [1, 2]}', bytes([5, 0, 3]) + b"new"
    yield b"abc", bytes([1, 0, 1]) + b"xy"
    yield b"abc", bytes([3, 0, 1])


def test_alterations_alter() -> None:
    """The control: each way of altering an answer changes it, at the place that is spelt."""
    changed = [altered(body, choice) for body, choice in _planted()]
    assert changed == [b'{"a": [0, 2]}', b'{"a": [1, "new"]}', b"axybc", b"a"]
    said: list[object] = []
    app = Tampered(lambda _, start: start("200 OK", []) or [b"abc"], 1, bytes([3, 0, 1]))
    answers = [app({}, lambda *answer: said.append(answer)) for _ in range(3)]
    assert answers == [[b"abc"], [b"a"], [b"abc"]]
