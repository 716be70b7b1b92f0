"""``--select``: what was typed, as the ledgers spell it, and what of it fits nobody."""

from syncer.cli.call import Call
from syncer.errors import ConfigError
from syncer.flow.worker import Worker
from syncer.ports import Selection

CUSTOMER, INVOICE = "customer:", "invoice:"


def as_spelt(call: Call, worker: Worker) -> Selection:
    """--select in the ledgers' own spelling. Raises ConfigError for what may be several."""
    from syncer.flow.names import spelt

    asked, names = selection(call.flags.select), [one.name for one in call.ledgers(worker)]
    return Selection(
        accounts=spelt(worker.store, names, asked.accounts),
        items=spelt(worker.store, names, asked.items),
    )


def tell_unknown(call: Call, worker: Worker) -> None:
    """Say what of --select fits nobody, now that the ledgers have been read."""
    from syncer.flow.names import did_you_mean, known_to

    asked, names = selection(call.flags.select), [one.name for one in call.ledgers(worker)]
    for text in (*asked.accounts, *asked.items):
        if not known_to(worker.store, names, text):
            close = did_you_mean(worker.store, names, text)
            call.screen.tell(f"--select: there is no '{text}' in {', '.join(names)}{close}")


def selection(texts: tuple[str, ...]) -> Selection:
    """``customer:`` and ``invoice:`` as a narrowing. Raises ConfigError for anything else."""
    for text in texts:
        if not text.startswith((CUSTOMER, INVOICE)) or text.endswith(":"):
            raise ConfigError(
                f"--select {text} is not understood; "
                "write customer:NAME or invoice:NUMBER (--ledger chooses ledgers)"
            )
    return Selection(
        accounts=tuple(one.removeprefix(CUSTOMER) for one in texts if one.startswith(CUSTOMER)),
        items=tuple(one.removeprefix(INVOICE) for one in texts if one.startswith(INVOICE)),
    )
