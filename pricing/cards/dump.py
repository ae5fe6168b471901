"""Write cards and providers as YAML, in the style in which people keep them: one price per line.

load → dump → load is the identity, lines and file aside. Comments are not kept.
"""

from __future__ import annotations

import re
from decimal import Decimal

from pricing.instants import short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Wire = Mapping[str, Any]

WIDEST = 100
_PLAIN = re.compile(r"[A-Za-z0-9_.(/+][^\x00-\x1f\x7f-\x9f]*")
_WORDS = re.compile(r"(?i:y|yes|n|no|on|off|true|false|null)|\d{8,}")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
#: in the order in which they are written
_CARD = ("model", "provider", "publisher", "canonical", "aliases")
_PROVIDER = ("provider", "title", "currency", "sells", "note")
_REVISION = (
    "ended", "withdrawn", "until_at_least", "currency", "dated", "unverified", "confidence", "note",
)  # fmt: skip
_ACCEPT = ("accept",)
_RATE = ("when", "by", "minimum", "increment", "pool", "confidence", "unverified")
_CLAUSE = ("name", "card", "when", "meters", "because", "keep", "multiply", "unit", "note")


def dump_card(card: Wire) -> str:
    """Give the YAML of a card in wire form."""
    rows = _pairs(card, _CARD, 0)
    rows += ["", "revisions:"]
    for revision in card["revisions"]:
        rows += _clauses(revision, 2)
    return _text([*rows, *_facts(card)])


def dump_provider(provider: Wire) -> str:
    """Give the YAML of a provider in wire form, without its cards."""
    rows = _pairs(provider, _PROVIDER, 0)
    rows += _sources(provider, 0)
    rows += _pairs(provider, ("assume", "defaults"), 0)
    if "billed" in provider:
        rows.append(f"billed: {_flow({'status': provider['billed']})}")
    rows += _per_request(provider, 0)
    if provider.get("ids"):
        rows += ["", "ids:"]
        for form in provider["ids"]:
            pattern = _pattern(form["pattern"])
            more = {key: form[key] for key in ("map", "named") if form.get(key)}
            rows.append(f"  - pattern: {pattern}" if more else f"  - {pattern}")
            rows += [f"    {key}: {_flow(value)}" for key, value in more.items()]
    if provider["terms"]:
        rows += ["", "terms:"]
        for i, (name, versions) in enumerate(provider["terms"].items()):
            rows += [*([""] if i else []), f"  {_scalar(name)}:"]
            for version in versions:
                rows += _clauses(version, 4)
    if provider.get("pools"):
        rows += ["", "pools:"]
        rows += [f"  {_scalar(name)}: {_flow(pool)}" for name, pool in provider["pools"].items()]
    if provider.get("units"):
        rows += ["", "units_of_account:"]
        for name, unit in provider["units"].items():
            rows += [f"  {_scalar(name)}:", f"    per: {_number(unit['per'])}"]
            rows.append(f"    price: {_number(unit['price'])} {unit['currency']}")
            if "effective" in unit:
                rows.append(f"    effective: {short(unit['effective'])}")
            rows += _sources(unit, 4)
    return _text([*rows, *_facts(provider)])


def _text(rows: Iterable[str]) -> str:
    return "\n".join(rows) + "\n"


def _clauses(wire: Wire, indent: int) -> list[str]:
    """Write a revision or term version as an item of a list."""
    pad = " " * (indent + 2)
    rows = [f"{' ' * indent}- effective: {short(wire['effective'])}"]
    rows += _pairs(wire, _REVISION, indent + 2)
    rows += _sources(wire, indent + 2)
    rows += _pairs(wire, _ACCEPT, indent + 2)
    rows += _pairs(wire, ("terms",), indent + 2)
    for key in ("follows", "rates", "modifiers", "unpriced"):
        if key in wire:
            rows.append(f"{pad}{key}:")
            for clause in wire[key]:
                rows += _rate(clause, indent + 4) if key == "rates" else _clause(clause, indent + 4)
    if "stack" in wire:
        rows += [f"{pad}stack:", *(f"{pad}  - {_flow(names)}" for names in wire["stack"])]
    return rows + _per_request(wire, indent + 2)


def _clause(clause: Wire, indent: int) -> list[str]:
    """Write a modifier, unpriced or follows clause: on one line where it fits."""
    shown = {key: _as_written(key, clause[key]) for key in _CLAUSE if key in clause}
    row = f"{' ' * indent}- {_flow(shown)}"
    if "estimate" not in clause and len(row) <= 2 * WIDEST:
        return [row]
    if "estimate" in clause:
        shown["estimate"] = clause["estimate"]
    return _item([f"{key}: {_flow(value, top=True)}" for key, value in shown.items()], indent)


def _item(rows: list[str], indent: int) -> list[str]:
    pad = " " * indent
    return [f"{pad}{'  ' if i else '- '}{row}" for i, row in enumerate(rows)]


def _rate(rate: Wire, indent: int) -> list[str]:
    rows = [f"name: {_scalar(rate['name'])}"] if "name" in rate else []
    rows.append(f"per: {_number(rate['per'])} {rate['unit']}")
    shown = {key: _as_written(key, rate[key]) for key in _RATE if key in rate}
    rows += [f"{key}: {_flow(value, top=True)}" for key, value in shown.items()]
    rows.append("price:")
    table: dict[str, Any] = {}
    for price in rate["prices"]:
        cell, key = table, price["meter"]
        for label in price.get("when", {}).values():
            cell, key = cell.setdefault(key, {}), _label(label)
        cell[key] = _tiers(price["tiers"])
    width = max(len(_scalar(meter)) for meter in table) + 1
    rows += [f"  {_scalar(meter) + ':':<{width}} {_flow(cell)}" for meter, cell in table.items()]
    return _item(rows, indent)


def _label(label: str) -> str:
    """Write a key of a ``by`` table, a range with its thousands set apart."""
    low, dots, high = label.partition("..")
    return f"{_grouped(low)}..{_grouped(high)}" if dots else label


def _grouped(number: str) -> str:
    return _number(number) if number else ""


class _Figure(str):
    """A number, which is written as it is."""


def _tiers(tiers: list[list[str | None]]) -> Any:
    if len(tiers) == 1 and tiers[0][0] is None:
        return _Figure(_number(tiers[0][1] or ""))
    return [
        {"up_to": _Figure(_number(top)), "price": _Figure(_number(price or ""))}
        if top is not None
        else {"price": _Figure(_number(price or ""))}
        for top, price in tiers
    ]


def _as_written(key: str, value: Any) -> Any:
    """Give a number of the wire form with its thousands set apart; the rest as it is."""
    if key in ("multiply", "minimum", "increment"):
        if isinstance(value, dict):
            return {path: _Figure(_number(factor)) for path, factor in value.items()}
        return _Figure(_number(value))
    return value


def _number(value: str) -> str:
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        return str(number).replace("E+", "e")
    digits, point, rest = format(number, "f").partition(".")
    return f"{int(digits):_}{point}{rest}"


def _per_request(wire: Wire, indent: int) -> list[str]:
    if "per_request" not in wire:
        return []
    rule = {key: value for key, value in wire["per_request"].items() if key != "line"}
    if "floor" in rule:
        rule["floor"] = _Figure(_number(rule["floor"]))
    if "round" in rule:
        rule["round"] = {**rule["round"], "to": _Figure(_number(rule["round"]["to"]))}
    return [f"{' ' * indent}per_request: {_flow(rule)}"]


def _pairs(wire: Wire, keys: Iterable[str], indent: int) -> list[str]:
    pad = " " * indent
    return [f"{pad}{key}: {_flow(wire[key], top=True)}" for key in keys if key in wire]


def _sources(wire: Wire, indent: int) -> list[str]:
    pad = " " * indent
    if not wire.get("sources"):
        return []
    return [f"{pad}sources:", *(f"{pad}  - {_flow(source)}" for source in wire["sources"])]


def _facts(wire: Wire) -> list[str]:
    return ["", "facts:", *_block(wire["facts"], 2)] if "facts" in wire else []


def _block(value: Any, indent: int) -> list[str]:
    """Write facts: a map or list with one entry per line, however deep."""
    pad = " " * indent
    rows: list[str] = []
    pairs = value.items() if isinstance(value, dict) else [(None, item) for item in value]
    for key, inner in pairs:
        lead = f"{pad}- " if key is None else f"{pad}{_scalar(key)}:"
        if isinstance(inner, dict | list) and inner and key is not None:
            rows += [lead, *_block(inner, indent + 2)]
        else:
            gap = "" if key is None else " "
            rows.append(f"{lead}{gap}{_flow(inner, top=True)}")
    return rows


def _flow(value: Any, *, top: bool = False) -> str:
    """Write a value on one line; ``top``: not inside brackets, where commas need no quotes."""
    if isinstance(value, dict):
        pairs = [f"{_scalar(key, inside=True)}: {_flow(inner)}" for key, inner in value.items()]
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_flow(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, _Figure) else _scalar(value, inside=not top)


def _scalar(text: str, *, inside: bool = False) -> str:
    """Write text plainly where every reader of YAML takes it for that text, else in quotes."""
    plain = (
        _PLAIN.fullmatch(text)
        and text == text.strip()
        and text.isprintable()
        and not _WORDS.fullmatch(text)
        and not any(mark in text for mark in (": ", " #", "://"))
        and not text.endswith(":")
        and not (inside and re.search(r"[,\[\]{}]", text))
    )
    return text if plain else f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return "".join(
        _ESCAPES.get(char) or (char if char.isprintable() else f"\\U{ord(char):08x}")
        for char in text
    )


def _pattern(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted}'" if text.isprintable() else f'"{_escaped(text)}"'
