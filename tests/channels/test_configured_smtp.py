"""A mail server as the configuration describes it, from the YAML file to the delivered message."""

from pathlib import Path

import pytest

from syncer.bootstrap import build, discover
from syncer.channels.smtp import SmtpChannel
from syncer.errors import AuthError, ConfigError
from syncer.model.outcome import Delivered
from syncer.settings import load_settings
from syncer.testing.channel_suite import message
from tests.channels.mail_server import make_certificate, real_server

CONFIG = """\
state: {{url: "sqlite:///state.db", dir: state}}
mail:
  from: billing@example.com
  reply_to: anna@example.com
  channels:
    post: {{type: smtp, host: 127.0.0.1, port: {port}{authority}}}
ledgers:
  - name: books
    connector: csv_folder
    settings:
      folder: exports
      organisation: {{name: Example Ltd, time_zone: Europe/London, currency: GBP}}
      open_items: {{file: "*.csv", layout: xero_invoices}}
"""


def channel(folder: Path, *, port: int, authority: str = "") -> SmtpChannel:
    """The channel that a configuration file in ``folder`` leads to."""
    path = folder / "syncer.yaml"
    said = f", ca_file: {authority}" if authority else ""
    path.write_text(CONFIG.format(port=port, authority=said), encoding="utf-8")
    worker = build(load_settings([path], environ={}, specs=discover()))
    made = worker.ledgers[0].channel
    worker.store.close()
    assert isinstance(made, SmtpChannel)
    return made


def test_a_private_authority_is_trusted_when_named(tmp_path: Path) -> None:
    """``ca_file`` lets STARTTLS reach a server whose certificate the system does not know."""
    certificate = make_certificate(tmp_path)
    with real_server(certificate=certificate) as server:
        made = channel(tmp_path, port=server.port, authority=certificate.name)
        assert isinstance(made.send(message()), Delivered)
        made.close()
    assert server.tls == [True]


def test_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    """Without ``ca_file`` the same server is not trusted, and nothing is handed over."""
    with real_server(certificate=make_certificate(tmp_path)) as server:
        made = channel(tmp_path, port=server.port)
        with pytest.raises(AuthError, match="certificate"):
            made.send(message())
    assert server.messages == []


def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A wrong path is a mistake in the configuration, found before any ledger is opened."""
    with pytest.raises(ConfigError, match=r"ca_file .*missing\.pem"):
        channel(tmp_path, port=2525, authority="missing.pem")
