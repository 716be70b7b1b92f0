"""``requestid``: the answer to a write is kept and given again, whatever happened since.

Source: "RequestID" post of 6 April 2015 and issue threads, read November 2026. An id belongs to
a company; the body is not compared; nothing is executed, even if what was created then has
been deleted since. No end is published, so there is none here. Refused writes are not kept.
"""

from syncer.sandbox.exchange import Answer
from syncer.sandbox.quickbooks.exchange import Context
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.records import KeptAnswer

ID_MAX, BATCH_ID_MAX, ITEM_ID_MAX = 50, 36, 10


def request_id(ctx: Context, *, batch: bool = False) -> str:
    """The id to honour. Raises Wrong(6000) for one that is too long."""
    asked = ctx.params().get("requestid", "")
    limit = BATCH_ID_MAX if batch else ID_MAX
    if len(asked) > limit:
        detail = f"Business Validation Error: at most {limit} characters in the request_id field"
        raise Wrong("6000", detail)
    return asked


def recall(ctx: Context, asked: str) -> Answer | None:
    """What was answered then."""
    kept = ctx.world.replays.get(f"{ctx.company.realm} {asked}") if asked else None
    return Answer(int(kept.status), kept.body) if kept else None


def keep(ctx: Context, asked: str, answer: Answer) -> None:
    """Remember an answer."""
    if asked:
        ctx.world.replays[f"{ctx.company.realm} {asked}"] = KeptAnswer(
            at=ctx.world.clock(),
            digest="",
            status=str(answer.status),
            headers=[],
            body=answer.body,
        )
