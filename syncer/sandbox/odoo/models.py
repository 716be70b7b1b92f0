"""Methods of Odoo's models, called with one user's rights, by whichever interface."""

from typing import Any

from syncer.sandbox.odoo.chatter import moment
from syncer.sandbox.odoo.domains import Row, meets_all, projected, referred
from syncer.sandbox.odoo.problems import USER, Wrong, denied, missing
from syncer.sandbox.odoo.rows import COMPANY, Rows
from syncer.sandbox.world import World

EXTRAS = {
    17: {"account.move.line": {"blocked"}},
    18: {"account.move.line": {"no_followup"}, "res.company": {"sale_lock_date", "hard_lock_date"}},
    19: {"account.move.line": {"no_followup"}, "res.company": {"sale_lock_date", "hard_lock_date"}},
}
ALWAYS = frozenset({"id", "create_date", "write_date"})  # what every model has
_OPTIONAL = frozenset(
    {"no_followup", "blocked", "sale_lock_date", "hard_lock_date", "expected_pay_date"}
)
_FIRST = 501  # of the numbers of what programs make


class Models:
    """What one user may call. ``extras`` are the fields that only some databases have."""

    def __init__(self, world: World, *, major: int) -> None:
        self.rows = Rows(world.main)
        self.extras: dict[str, set[str]] = {m: {*names} for m, names in EXTRAS[major].items()}
        self.denied: set[str] = set()  # models that the user may not read
        self.recipients = [11]  # partners that the mail template names
        self.calls: list[str] = []  # what was asked, as model.method
        self._world = world
        self._records = _FIRST - 1
        self._wording: Row = {}

    def call(self, model: str, method: str, ids: list[int], named: Row) -> Any:
        """A method of a model. Raises Wrong."""
        named.pop("context", None)
        self.calls.append(f"{model}.{method}")
        if model in self.denied:
            raise denied()
        known = getattr(self, f"_{method}", None)
        if known is None or method.startswith("_"):
            raise Wrong("werkzeug.exceptions.NotFound", f"{model}.{method} does not exist", 404)
        return known(model, ids, **named)

    # --- asking ------------------------------------------------------------------------------

    def _context_get(self, model: str, ids: list[int]) -> Row:
        return {"lang": "en_US", "tz": False, "uid": USER}

    def _fields_get(self, model: str, ids: list[int], allfields: list[str], attributes: Any) -> Row:
        there = self.extras.get(model, set()) | ALWAYS
        return {name: {"type": "boolean"} for name in allfields if name in there}

    def _web_search_read(
        self,
        model: str,
        ids: list[int],
        domain: list[Any],
        specification: Row,
        limit: int | None = None,
        order: str = "",
        count_limit: int | None = None,
    ) -> Row:
        found = self._found(model, domain, order)
        shown = found[:limit] if limit else found
        return {
            "length": len(found[:count_limit]),
            "records": [self._shown(model, row, specification) for row in shown],
        }

    def _search(
        self,
        model: str,
        ids: list[int],
        domain: list[Any],
        limit: int | None = None,
        order: str = "",
    ) -> list[int]:
        return [row["id"] for row in self._found(model, domain, order)[:limit]]

    def _search_read(
        self,
        model: str,
        ids: list[int],
        domain: list[Any],
        fields: list[str],
        order: str = "",
        limit: int | None = None,
        load: str = "_classic_read",
    ) -> list[Row]:
        found = self._found(model, domain, order)
        spec: Row = {name: {} for name in fields}
        shown = [self._shown(model, row, spec) for row in found[:limit]]
        if load:  # references come with their names
            shown = [
                {**one, **referred(row, fields)} for one, row in zip(shown, found, strict=False)
            ]
        return shown

    def _read(self, model: str, ids: list[int], fields: list[str], load: str = "") -> list[Row]:
        if model == "mail.compose.message":
            return [{"id": one, **self._wording} for one in ids]
        there = {row["id"]: row for row in self.rows.table(model)}
        if any(one not in there for one in ids):
            raise missing(model, ids[0])
        return [self._shown(model, there[one], {name: {} for name in fields}) for one in ids]

    def _get_portal_url(self, model: str, ids: list[int]) -> str:
        self._exists(model, ids[0])
        return f"/my/invoices/{ids[0]}?access_token=74dde2d2-b4a9-4cbf-8289-ea75e7d34a74"

    # --- writing -----------------------------------------------------------------------------

    def _create(self, model: str, ids: list[int], vals_list: list[Row]) -> list[int]:
        if model == "mail.compose.message":
            self._wording = {
                "subject": "Invoice",
                "body": "<p>Dear customer</p>",
                "partner_ids": self.recipients,
            }
            return [self._next()]
        (values,) = vals_list
        draft = {
            "id": self._next(),
            "company_id": COMPANY,
            "state": "draft",
            "move_type": values["move_type"],
            "ref": values["ref"],
            "currency_id": values["currency_id"],
            "amount_total": values["invoice_line_ids"][0][2]["price_unit"],
        }
        self.rows.drafts.append(draft)
        return [draft["id"]]

    def _message_post(self, model: str, ids: list[int], body: str, **more: Any) -> list[int]:
        self._exists(model, ids[0])
        number = self._next()
        text = body if more.get("body_is_html") else f"<span>{_escaped(body)}</span>"
        self.rows.messages.append(
            {
                "id": number,
                "model": model,
                "res_id": ids[0],
                "body": text,
                "message_type": "comment",
                "subtype": more["subtype_xmlid"],
                "message_id": more.get("message_id", f"<{number}@odoo.example>"),
                "partner_ids": more.get("partner_ids", []),
                "create_date": moment(self._world.clock()),
                "mail_activity_type_id": False,
            }
        )
        return [number]

    def _activity_schedule(self, model: str, ids: list[int], **values: Any) -> list[int]:
        self._exists(model, ids[0])
        number = self._next()
        self.rows.activities.append({"id": number, "res_model": model, "res_id": ids[0], **values})
        return [number]

    def _exists(self, model: str, number: int) -> None:
        if not any(row["id"] == number for row in self.rows.table(model)):
            raise missing(model, number)

    def _next(self) -> int:
        self._records += 1
        return self._records

    # --- records -----------------------------------------------------------------------------

    def _found(self, model: str, domain: list[Any], order: str) -> list[Row]:
        """The rows that meet a domain, in the order asked for: by fields, each up or down."""
        found = [row for row in self.rows.table(model) if meets_all(row, domain)]
        for part in reversed([one.split() for one in order.split(",") if one]):
            found.sort(key=lambda row: row[part[0]], reverse=part[1:] == ["desc"])
        return found

    def _shown(self, model: str, row: Row, specification: Row) -> Row:
        shown: Row = {"id": row["id"]}
        for name, inner in specification.items():
            absent = name in _OPTIONAL and name not in self.extras.get(model, set())
            if name not in row or absent:
                said = f"Invalid field {name!r} on {model!r}"
                raise Wrong("builtins.ValueError", said)
            shown[name] = projected(row[name], inner.get("fields"))
        return shown


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
