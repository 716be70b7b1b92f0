"""The one way out to the network: whom it speaks to, over what, and how much it takes back."""

import ast
import gzip
import os
import resource
import ssl
import subprocess
import sys
import tracemalloc
import warnings
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from requests import PreparedRequest
from requests.adapters import HTTPAdapter

from syncer.errors import ContractError
from syncer.http.address import server_address
from syncer.http.faults import Lost, MalformedError, Untrusted
from syncer.http.transport import Transport

from .house import tracker
from .tls import HERE, OK, authority, served

ROOT = Path(__file__).parents[2]
SECRET = {"Authorization": "Bearer canary-of-the-way-out"}
MIB = 1 << 20


def _get(url: str, **more: object) -> bytes:
    """One read of ``url`` by a transport that may speak to this machine."""
    settings = {"hosts": [HERE], **more}
    transport = Transport(**settings)  # type: ignore[arg-type]
    return transport.exchange("GET", url, headers=SECRET, seconds=5).body


# --- TLS


def test_a_server_that_proves_itself_is_spoken_to(tmp_path: Path) -> None:
    """The control: a certificate for this host, in date, from an authority that is trusted."""
    ours = authority(tmp_path)
    with served(certificate=ours.issue(HERE)) as (url, heard):
        assert _get(url, ca_bundle=str(ours.bundle)) == b"ok"
    assert b"canary" in heard[0]


@pytest.mark.parametrize("fault", ["another host", "expired", "not yet valid", "own authority"])
def test_a_server_that_does_not_prove_itself_hears_nothing(tmp_path: Path, fault: str) -> None:
    """Wrong host, out of date, or signed by nobody we trust: no byte of the request leaves."""
    ours = authority(tmp_path)
    ages = {"expired": timedelta(days=3), "not yet valid": timedelta(days=-1)}
    host = "ledger.example" if fault == "another host" else HERE
    certificate = ours.issue(host, age=ages.get(fault, timedelta(days=1)))
    trusted = {} if fault == "own authority" else {"ca_bundle": str(ours.bundle)}
    with served(certificate=certificate) as (url, heard), pytest.raises(Untrusted):
        _get(url, **trusted)
    assert heard == []


def test_tls_older_than_1_2_is_not_spoken(tmp_path: Path) -> None:
    """A server that knows nothing newer than TLS 1.1 hears no request."""

    def old(context: ssl.SSLContext) -> None:
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1

    ours = authority(tmp_path)
    with (
        served(certificate=ours.issue(HERE), shape=old) as (url, heard),
        pytest.raises((Lost, Untrusted)),
    ):
        _get(url, ca_bundle=str(ours.bundle))
    assert heard == []


def _unverified(tree: ast.Module) -> list[int]:
    """Lines that turn a certificate's check off, whichever library it is."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in {"verify", "check_hostname"}:
            value = node.value
            if isinstance(value, ast.Constant) and value.value in (False, None):
                found.append(value.lineno)
        if isinstance(node, ast.Attribute) and node.attr in {
            "CERT_NONE",
            "CERT_OPTIONAL",
            "_create_unverified_context",
            "disable_warnings",
        }:
            found.append(node.lineno)
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Attribute) and target.attr in {"verify", "check_hostname"}
            for target in node.targets
        ):
            constant = isinstance(node.value, ast.Constant) and node.value.value is False
            found += [node.lineno] * constant
    return found


def test_no_line_of_the_product_turns_the_check_off() -> None:
    """No verify=False, CERT_NONE or unverified context anywhere in what ships."""
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("syncer", "connectors")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in _unverified(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []
    for planted in ("get(u, verify=False)", "c.check_hostname = False", "ssl.CERT_NONE"):
        assert _unverified(ast.parse(planted)), planted


# --- whom, and what an answer can make it do


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x",
        "https://api.vendor.example.evil.example/x",
        "https://api.vendor.example@evil.example/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/x",
        "https://[::1]/x",
        "http://api.vendor.example/x",
        "ftp://api.vendor.example/x",
        "file:///etc/passwd",
        "//api.vendor.example/x",
        "https://api.vendor.example\\@evil.example/x",
        "https://evil.example\\api.vendor.example/x",
        "https://evil.example#@api.vendor.example/x",
        # urllib takes what stands behind the @ for the host, requests what stands before the \\:
        "https://evil.example\\@api.vendor.example/x",
        "https://evil.example\\x@API.VENDOR.EXAMPLE",
        "https://user:word@api.vendor.example/x",
        "https://api.vendor.example%2f@evil.example/x",
        "https://api.vendor.example\t.evil.example/x",
        "",
    ],
)
def test_only_the_vendors_own_hosts_over_https(address: str) -> None:
    """Any other host, scheme or trick with the address is refused before a name is looked up."""
    transport = Transport(hosts=["api.vendor.example"], mounts=_NOWHERE)
    with pytest.raises((ContractError, ValueError)) as refused:
        transport.exchange("GET", address, headers=SECRET, seconds=0.5)
    assert "canary" not in str(refused.value)


class _Reached(HTTPAdapter):
    """A way out that no refused address may come to."""

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> NoReturn:
        """Fail: somebody would have been spoken to."""
        raise AssertionError(f"{request.url} was spoken to")


_NOWHERE = {"https://": _Reached(), "http://": _Reached()}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_takes_nothing_along(status: int) -> None:
    """Not even one that leads to the same host: the other server never hears of the token."""
    with served() as (other, heard):
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {other}\r\nContent-Length: 0\r\n\r\n"
        with served(head.encode()) as (url, _), pytest.raises(ContractError, match="redirect"):
            _get(url)
    assert heard == []


def test_a_redirects_body_is_not_read() -> None:
    """However much a redirect would unpack to, it is refused by its head."""
    bomb = _packed("gzip", 32 * MIB)
    head = "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Encoding: gzip\r\n"
    answer = f"{head}Content-Length: {len(bomb)}\r\n\r\n".encode() + bomb
    with served(answer) as (url, _):
        tracemalloc.start()
        try:
            with pytest.raises(ContractError, match="redirect"):
                _get(url)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert most < 8 * MIB


def test_no_cookie_is_kept_or_sent() -> None:
    """An answer leaves nothing behind that a later request, perhaps of another name, would bear."""
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: planted=1\r\nContent-Length: 2\r\n\r\nok"
    with served(head) as (url, heard):
        transport = Transport(hosts=[HERE])
        for _ in range(2):
            transport.exchange("GET", url, headers={}, seconds=5)
    assert len(heard) == 2
    assert not [one for one in heard if b"planted" in one]


def test_the_environment_records_no_keys_of_a_connection(tmp_path: Path) -> None:
    """SSLKEYLOGFILE would let whoever listens read tokens: it is not obeyed, for HTTP or mail."""
    ours, log = authority(tmp_path), tmp_path / "keys"
    code = (
        "import sys; from syncer.http.transport import Transport; "
        "from syncer.channels.smtp_config import SmtpConfig, tls_context; "
        "tls_context(SmtpConfig(host='mail.example')).keylog_filename is None or sys.exit(3); "
        f"Transport(hosts=['{HERE}'], ca_bundle=sys.argv[2])"
        ".exchange('GET', sys.argv[1], headers={}, seconds=5)"
    )
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SSLKEYLOGFILE": str(log)}
    with served(certificate=ours.issue(HERE)) as (url, heard):
        command = [sys.executable, "-c", code, url, str(ours.bundle)]
        subprocess.run(command, env=environ, check=True, timeout=60)
    assert len(heard) == 1
    assert "SECRET" not in (log.read_text("ascii") if log.exists() else "")


def test_the_environment_changes_nothing_about_the_way_out(tmp_path: Path) -> None:
    """Its proxies, logins (.netrc) and certificate bundles are not read: only settings are."""
    logins = tmp_path / "logins"
    logins.write_text(f"machine {HERE} login canary password canary\n")
    logins.chmod(0o600)
    with served() as (proxy, asked), served() as (url, heard):
        code = (
            "import sys; from syncer.http.transport import Transport; "
            f"Transport(hosts=['{HERE}']).exchange('GET', sys.argv[1], headers={{}}, seconds=5)"
        )
        home = Path(os.devnull).parent
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(home),
            "NETRC": str(logins),
            "HTTP_PROXY": proxy,
            "http_proxy": proxy,
            "ALL_PROXY": proxy,
            "REQUESTS_CA_BUNDLE": "/nonexistent",
            "CURL_CA_BUNDLE": "/nonexistent",
        }
        subprocess.run([sys.executable, "-c", code, url], env=environ, check=True, timeout=60)
    assert asked == []
    assert len(heard) == 1
    assert b"authorization" not in heard[0].lower()


def test_a_configured_proxy_is_the_way_out() -> None:
    """It is asked for the whole address, by the name of this program; the server itself is not."""
    with served() as (proxy, asked), served() as (url, heard):
        transport = Transport(hosts=[HERE], proxies={"http": proxy}, user_agent="syncer/1")
        transport.exchange("GET", url, headers={}, seconds=5)
    [request] = asked
    assert heard == []
    assert request.startswith(f"GET {url} HTTP/1.1\r\n".encode())
    assert b"User-Agent: syncer/1\r\n" in request


TELL_THE_TRACKER = """
import sys, sentry_sdk
from syncer.errors import ContractError
from syncer.log import report_error, set_up_sentry
set_up_sentry(sys.argv[1], "test", "1")
report_error(ContractError("planted"))
sentry_sdk.flush(timeout=5)
"""


def test_the_environment_leads_no_event_elsewhere() -> None:
    """Neither a proxy nor Sentry's own Spotlight of the environment hears of an error."""
    with served() as (other, asked), tracker() as sentry:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "http_proxy": other,
            "HTTP_PROXY": other,
            "SENTRY_SPOTLIGHT": f"{other}/stream",
            "SENTRY_DEBUG": "1",
        }
        dsn = f"http://key@127.0.0.1:{sentry.port}/1"
        command = [sys.executable, "-c", TELL_THE_TRACKER, dsn]
        done = subprocess.run(command, env=environ, check=True, timeout=60, capture_output=True)
    assert len(sentry.events()) == 1
    assert asked == []
    assert done.stderr == b""


@pytest.mark.parametrize(
    "address",
    [
        "http://ledger.example",
        "https://user:word@ledger.example",
        "https://ledger.example/?a=1",
        "https://ledger.example/#x",
        "https://ledger.example\\@evil.example",
        "https://ledger.example\n.evil.example",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
    ],
)
def test_a_configured_server_is_https_and_nothing_else(address: str) -> None:
    """What a configuration may name as a server holds no credentials and no second meaning."""
    with pytest.raises(ValueError, match="must be"):
        server_address(address)


# --- how much comes back


def _packed(coding: str, size: int) -> bytes:
    """``size`` zero bytes as an answer packed with ``coding``."""
    if coding == "identity":
        return b"\0" * size
    packer = zlib.compressobj(9, wbits=31 if coding == "gzip" else 15)
    piece = bytes(MIB)
    return b"".join([*(packer.compress(piece) for _ in range(size // MIB)), packer.flush()])


def _answer(body: bytes, coding: str, *, said: int | None = None) -> bytes:
    length = "" if said is None else f"Content-Length: {said}\r\n"
    packed = "" if coding == "identity" else f"Content-Encoding: {coding}\r\n"
    return f"HTTP/1.1 200 OK\r\nConnection: close\r\n{packed}{length}\r\n".encode() + body


READ_BOMB = """
import resource, sys
from syncer.errors import ContractError
from syncer.http.transport import Transport
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    Transport(hosts=["127.0.0.1"], body_max=16 << 20).exchange(
        "GET", sys.argv[1], headers={}, seconds=30)
except ContractError as refused:
    assert "larger than" in str(refused), refused
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_answer_that_unpacks_without_end_is_refused(
    coding: str, limited: Callable[..., str]
) -> None:
    """128 MiB packed into an eighth of one costs what one answer may cost, not more."""
    bomb = _packed(coding, 128 * MIB)
    assert len(bomb) < MIB
    with served(_answer(bomb, coding, said=len(bomb))) as (url, _):
        grown = int(limited(READ_BOMB, url, mib=400))
    assert grown < 64 * 1024  # KiB, with an answer's limit of 16 MiB


def test_an_answer_packed_many_times_over_is_refused() -> None:
    """A dozen packings around each other are no answer."""
    body = b"x"
    for _ in range(12):
        body = gzip.compress(body)
    answer = _answer(body, ", ".join(["gzip"] * 12), said=len(body))
    with served(answer) as (url, _), pytest.raises((Lost, MalformedError, ContractError)):
        _get(url)


@pytest.mark.parametrize("said", [None, 10**12])
def test_a_body_larger_than_allowed_is_refused_whatever_it_says(said: int | None) -> None:
    """Neither a missing length nor one in terabytes makes room for the body."""
    answer = _answer(_packed("identity", 3 * MIB), "identity", said=said)
    with served(answer) as (url, _), pytest.raises((ContractError, Lost)):
        _get(url, body_max=MIB)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
        b"HTTP/9.9 nonsense\r\n\r\n",
        b"\0" * 5000,
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 7\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=[
        *("long header", "many headers", "version", "zeros", "negative", "chunk", "two lengths"),
        *("length of 5000 digits", "negative chunk", "redirect to nowhere"),
    ],
)
def test_a_head_that_makes_no_sense_is_a_lost_answer(head: bytes) -> None:
    """Never a crash, and never read past its end: the answer counts as lost, or is read short."""
    with served(head) as (url, _):
        try:
            body = _get(url)
        except (Lost, ContractError):
            return
    assert len(body) <= len(head)


def test_the_control_of_the_memory_limit(limited: Callable[..., str]) -> None:
    """What needs more than the limit fails under it: the limit is real."""
    with pytest.raises(AssertionError, match="MemoryError"):
        limited("x = bytes(600 << 20)", mib=400)
    assert limited("print('ok')", mib=400) == "ok"
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != 400 * MIB
    assert OK.endswith(b"ok")
