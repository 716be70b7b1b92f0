"""Searching and showing records: domains in Odoo's prefix notation, fields within fields."""

from collections.abc import Callable
from typing import Any

Row = dict[str, Any]


def meets_all(row: Row, domain: list[Any]) -> bool:
    """A domain in Odoo's prefix notation; conditions side by side must all be met."""
    left, met = list(domain), True
    while left:
        met = _next(row, left) and met
    return met


def _next(row: Row, left: list[Any]) -> bool:
    """The first term of what is left of a domain, which is taken off it."""
    first = left.pop(0)
    if first not in ("|", "&"):
        return _meets(row, first)
    one, two = _next(row, left), _next(row, left)
    return one or two if first == "|" else one and two


def _meets(row: Row, condition: list[Any]) -> bool:
    path, operator, wanted = condition
    value: Any = row
    for name in path.split("."):
        if name == "commercial_partner_id" and isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, dict):
            value = value.get(name, False)
        else:  # the customer_rank behind commercial_partner_id: all of ours are customers
            return True
    return _TESTS[operator](value, wanted)


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "any": lambda value, wanted: any(meets_all(one, wanted) for one in value or ()),
    "=": lambda value, wanted: bool(value == wanted),
    "!=": lambda value, wanted: bool(value != wanted),
    ">": lambda value, wanted: bool(value > wanted),
    ">=": lambda value, wanted: bool(value >= wanted),
    "in": lambda value, wanted: value in wanted,
    "ilike": lambda value, wanted: str(wanted).casefold() in str(value).casefold(),
}


def referred(row: Row, fields: list[str]) -> Row:
    """The fields that point at a named record, as its id and its name."""
    return {
        name: [value["id"], value["name"]]
        for name in fields
        if isinstance(value := row[name], dict) and "name" in value
    }


def projected(value: Any, fields: Row | None) -> Any:
    """What is shown of a field's value, where ``fields`` of what it points at are asked for."""
    if fields is None:
        return value["id"] if isinstance(value, dict) else value
    if isinstance(value, list):
        return [projected(one, fields) for one in value]
    if not value:
        return False
    inner = {name: projected(value[name], spec.get("fields")) for name, spec in fields.items()}
    return {**({"id": value["id"]} if "id" in value else {}), **inner}
