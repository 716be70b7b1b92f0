"""When a reminder of many invoices goes out as a statement of account.

An account gets one message for everything overdue, however many invoices that is; this is about its
words alone. A formal or final notice keeps its own, and so does a step that names a template.
"""

from syncer.model.decision import Decision
from syncer.model.ledger import ItemKind
from syncer.policy.rules import Policy, Step, Tone

STATEMENT = "statement"
_SOFT = (Tone.FRIENDLY, Tone.FIRM)


def template_for(policy: Policy, step: Step, decision: Decision) -> str:
    """The template of the step's message; "" = its tone's own."""
    if step.template or policy.combine_over is None or step.tone not in _SOFT:
        return step.template
    asked = sum(line.kind is ItemKind.INVOICE and line.asked > 0 for line in decision.lines)
    return STATEMENT if asked > policy.combine_over else ""
