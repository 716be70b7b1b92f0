"""The vendor's errors: three shapes, read by content, classed by code before status."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.quickbooks.faults import (
    fault_of,
    is_expired,
    is_refusal,
    is_throttled,
    read_fault,
)
from syncer.errors import AuthError, ContractError, RateLimited, SyncerError, Transient
from syncer.http.transport import Response
from syncer.model.outcome import Delivered
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.quickbooks.limits import Allowance

from .altered import Altered, Answer, coded
from .bench import Bench, cursors_of, items_of
from .test_writes import _note

XML = (
    b'<?xml version="1.0" encoding="UTF-8"?><IntuitResponse time="2026-11-02T10:48:27.082-08:00" '
    b'xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001">'
    b"<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
    b"<Detail>The request limit was reached.  Try again later</Detail>"
    b"</Error></Fault></IntuitResponse>"
)
JSON = b'{"Fault":{"Error":[{"Message":"M","Detail":"D","code":"%s","element":""}],"type":"T"}}'
GATEWAY = (
    b'{"warnings":null,"fault":{"error":[{"message":"message=AuthenticationFailed","detail":'
    b'"Token expired","code":"3200","element":null}],"type":"AUTHENTICATION"},"time":1633520295688}'
)


def said(body: bytes, status: int = 400) -> Response:
    """An answer whose media type says nothing about what is in it."""
    return Response(status, {"Content-Type": "application/json"}, body)


@pytest.mark.parametrize(
    ("body", "code", "kind"),
    [
        (XML, "3001", "SERVICE"),
        (JSON % b"5010", "5010", "T"),
        (GATEWAY, "3200", "AUTHENTICATION"),
        (
            b'<Fault type="AuthenticationFault"><Error code="100"></Error>',
            "100",
            "AuthenticationFault",
        ),
    ],
)
def test_three_shapes_are_one_fault(body: bytes, code: str, kind: str) -> None:
    """XML, JSON and the gateway's lower case carry the same: a code, a text, a type."""
    fault = read_fault(said(body))
    assert fault is not None
    assert (fault.code, fault.type) == (code, kind)


@given(
    body=st.binary()
    | st.sampled_from([XML, GATEWAY]).flatmap(
        lambda whole: st.integers(0, len(whole)).map(lambda cut: whole[:cut])
    )
)
def test_no_body_breaks_the_reading_of_errors(body: bytes) -> None:
    """Empty, cut, HTML or random bytes give a fault or none, never an exception."""
    read_fault(said(body))


@pytest.mark.parametrize("charset", ["ISO-8859-1", "UTF-8"])
def test_a_fault_in_latin_letters_is_read(charset: str) -> None:
    """Companies in the United States answer in ISO 8859-1, and the header need not say it."""
    body = coded("5010", detail="You and José were working on this")
    header = {"Content-Type": f"application/json;charset={charset}"}
    fault = read_fault(Response(400, header, body))
    assert fault is not None
    assert fault.code == "5010"


@pytest.mark.parametrize("code", ["5010", "6000", "6140", "6210", "610", "2210", "120", "77", ""])
@pytest.mark.parametrize("heading", ["Heading", ""])
def test_personal_words_stay_out_of_errors(code: str, heading: str) -> None:
    """The detail may name customers and colleagues: it is not repeated, in JSON nor in XML."""
    names = "You and Craig Carlson merged Jane Doe, 12 Elm Street, jane@doe.example"
    xml = f'<Fault><Error code="{code}"><Message>{heading}</Message><Detail>{names}</Detail>'
    for body in (coded(code, text=heading, detail=names), xml.encode()):
        text = str(read_fault(said(body)))
        assert heading in text
        assert not any(word in text for word in ("Craig", "Jane", "Elm", "doe"))


def test_a_fault_says_what_to_correct() -> None:
    """A detail about our own request is shown; a known code has a sentence of ours."""
    shown = read_fault(said(coded("2020", text="Missing", detail="Line is missing")))
    assert str(shown) == "Missing: Line is missing (code 2020)"
    assert "closed" in str(read_fault(said(coded("6210"))))


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({"intuit_tid": "1-65a1b2c3-0f"}, "closed (code 6210, intuit_tid 1-65a1b2c3-0f)"),
        ({"intuit_tid": "<b>ann@x.example</b>"}, "closed (code 6210)"),
        ({}, "closed (code 6210)"),
    ],
)
def test_a_fault_names_the_call_for_the_vendors_support(header: dict[str, str], told: str) -> None:
    """Its number stands in the error where it is a plain one; nothing else is repeated."""
    fault = read_fault(Response(400, header, coded("6210")))
    assert str(fault).endswith(told)
    assert ("intuit_tid" in str(fault_of(Response(502, header, b"")))) == ("intuit_tid" in told)


def test_the_code_decides_before_the_status() -> None:
    """A 500 with 4002 is a refusal; with 10000, HTML or nothing it is a fault that may pass."""
    assert is_refusal(said(JSON % b"4002", 500))
    for body in (JSON % b"10000", XML, b"<html>500</html>", b""):
        assert not is_refusal(said(body, 500))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (504, "4", "SERVICE"),
        (503, "4002", "ValidationFault"),
        (500, "10001", "SystemFault"),
        (500, "4002", "SystemFault"),
        (500, "4002", "SERVICE"),
        (500, "3200", "AUTHENTICATION"),
        (500, "500", "ValidationFault"),
        (502, "-1", "SystemFault"),
    ],
)
def test_only_a_500_about_the_content_is_a_refusal(status: int, code: str, kind: str) -> None:
    """Every other 5xx may come after the work was done, whatever number it carries."""
    assert not is_refusal(said(coded(code, kind), status))


def test_a_limit_can_come_as_403() -> None:
    """3001 with status 403 is the same limit as a 429; 3100 with 403 is none."""
    assert all(is_throttled(said(XML, status)) for status in (200, 400, 403, 503))
    assert is_throttled(said(b"", 429))
    assert not is_throttled(said(JSON % b"3100", 403))


def test_only_expiry_is_answered_by_a_refresh() -> None:
    """A lost right (120) would refresh for ever."""
    assert is_expired(said(GATEWAY, 401))
    assert not is_expired(said(JSON % b"120", 401))


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "500 Internal Server Error"])
@pytest.mark.parametrize("code", ["3001", "3200", "100"])
@pytest.mark.parametrize("write", [True, False])
def test_the_code_is_heard_whatever_the_status(status: str, code: str, *, write: bool) -> None:
    """Once throttled or with a dead token: waited or refreshed, then everything goes on."""
    hits: list[str] = []

    def change(answer: Answer) -> None:
        asked = answer.is_write if write else answer.path.endswith("/query")
        if asked and not hits:
            hits.append(answer.path)
            answer.become(status, coded(code, "SERVICE"))
            bench.unreached = False  # only this one was stopped before it arrived

    bench = Altered(change, unreached=True)
    if write:
        assert isinstance(_note(bench), Delivered)
    else:
        assert sum(item.kind == "invoice" for item in items_of(bench.pull()).values()) == 12
    assert len(hits) == 1


@pytest.mark.parametrize("code", ["3001", "3200"])
def test_a_write_tried_again_keeps_its_request_id(code: str) -> None:
    """After a limit or a dead token the same write goes again: QuickBooks must know it as one."""
    hits: list[str] = []

    def change(answer: Answer) -> None:
        if answer.is_write and not hits:
            hits.append(answer.path)
            answer.become("429 Too Many Requests", coded(code, "SERVICE"))

    bench = Altered(change)
    assert isinstance(_note(bench), Delivered)
    ids = [query["requestid"] for _, query, _ in bench.writes()]
    assert len(ids) == 2
    assert ids[0] == ids[1]


def test_a_token_that_stays_dead_ends_in_a_login() -> None:
    """One refresh, then a person is asked: never a loop."""

    def change(answer: Answer) -> None:
        if answer.path.endswith("/query"):
            answer.become("200 OK", coded("3200", "AUTHENTICATION"))

    with pytest.raises(AuthError, match="fresh"):
        Altered(change).pull()


@pytest.mark.parametrize(
    ("kind", "code", "error"),
    [
        (FaultKind.DISCONNECTED, "", AuthError),
        (FaultKind.CODED, "120", AuthError),
        (FaultKind.CODED, "6190", AuthError),
        (FaultKind.CODED, "4000", SyncerError),
        (FaultKind.ERROR_BODY, "10000", ContractError),
        (FaultKind.ERROR_BODY, "3100", AuthError),
        (FaultKind.CODED, "10000", Transient),
        (FaultKind.EMPTY_ERROR, "", Transient),
        (FaultKind.EMPTY_PAGE, "", SyncerError),
        (FaultKind.TRUNCATED, "", ContractError),
    ],
)
def test_lasting_faults_are_loud(kind: FaultKind, code: str, error: type[Exception]) -> None:
    """Whatever shape it has and whatever status: an error of ours, and nothing is closed."""
    bench = Bench(invoices=30, accounts=5, faults=[Fault(kind, path="/query", times=0, code=code)])
    with pytest.raises(error):
        bench.pull()
    assert len(bench.seen) < 40


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.ERROR_BODY,
        FaultKind.SERVER_ERROR,
        FaultKind.EMPTY_ERROR,
        FaultKind.OFFLINE,
        FaultKind.DROP,
        FaultKind.RESET,
        FaultKind.TRUNCATED,
        FaultKind.EMPTY_PAGE,
        FaultKind.MINUTE_LIMIT,
        FaultKind.CONCURRENT_LIMIT,
        FaultKind.TOKEN_DEATH,
    ],
)
@pytest.mark.parametrize("nth", [1, 4, 6])
def test_passing_faults_cost_calls_and_no_invoice(kind: FaultKind, nth: int) -> None:
    """One of anything, anywhere in a pull: everything is read all the same."""
    bench = Bench(invoices=1500, accounts=50, faults=[Fault(kind, path="/query", nth=nth)])
    assert sum(item.kind == "invoice" for item in items_of(bench.pull()).values()) == 1500


def test_a_limit_that_names_no_time_is_waited_out_a_minute() -> None:
    """The vendor says 60 seconds and sends no Retry-After."""
    bench = Bench(invoices=5, accounts=2, faults=[Fault(FaultKind.MINUTE_LIMIT, path="/query")])
    bench.pull()
    assert 60 <= max(bench.slept) <= 80


def test_the_months_block_parks_the_ledger() -> None:
    """A limit that outlasts a few minutes ends the run early and says why."""
    bench = Bench(invoices=5, accounts=2, faults=[Fault(FaultKind.DAY_LIMIT, times=0)])
    start = bench.clock()
    with pytest.raises(RateLimited, match="month") as caught:
        bench.pull()
    assert caught.value.exit_code == 0
    assert (caught.value.until - start).total_seconds() >= 3600
    assert len([wait for wait in bench.slept if wait >= 60]) <= 3
    assert len(bench.seen) <= 4


def test_the_pace_stays_inside_the_vendors_limits() -> None:
    """With the real limits on (10 a second, 500 a minute), a pull is never throttled."""
    bench = Bench(invoices=9000, accounts=500, allowance=Allowance())
    bench.pull()
    bench.pull()
    assert {call.status for call in bench.world.calls if "/v3/" in call.path} == {200}


@pytest.mark.parametrize("path", ["/cdc", "/query"])
@pytest.mark.parametrize("time", ["not a time", "0001-01-01T00:00:00+14:00"])
def test_a_server_time_that_is_none_is_a_malformed_answer(path: str, time: str) -> None:
    """Read again a few times, then loud: the next reading would begin at the wrong moment."""
    active: list[str] = []

    def change(answer: Answer) -> None:
        if active and path in answer.path and b'"time"' in answer.body:
            answer.body = msgspec.json.encode({**msgspec.json.decode(answer.body), "time": time})

    bench = Altered(change)
    cursors = cursors_of(bench.pull())
    bench.world.advance(minutes=30)
    active.append(path)
    with pytest.raises(ContractError, match="time"):
        bench.pull({} if path == "/query" else cursors)
