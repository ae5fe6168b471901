"""The JSON Schema of card files: it accepts what ships, and refuses what the schema refuses."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from pricing.cards.schema import json_schema

ROOT = Path(__file__).parents[1]
BROKEN = Path(__file__).parent / "broken"
SHIPPED = sorted((ROOT / "ratecards").rglob("*.yaml"))
OWN = sorted((Path(__file__).parent / "odd_rules" / "ratecards").rglob("*.yaml"))

# What YAML 1.1 turns into a number before a schema can see it, and days that only a calendar knows.
UNSEEN = {
    *("number-hexadecimal", "number-octal", "number-infinity", "number-not-a-number"),
    *("number-sexagesimal", "number-many-digits", "number-no-digit-before-the-point"),
    *("number-plus", "number-underscores-out-of-place", "ended-yes", "per-zero"),
    *("no-such-day", "no-leap-day", "no-such-month", "holiday-that-is-no-day"),
}


class Loader(yaml.SafeLoader):
    """YAML as an editor reads it: days are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(json_schema())
    return Draft202012Validator(json_schema())


def faults(path: Path) -> list[str]:
    tree: Any = yaml.load(path.read_bytes(), Loader=Loader)
    return [error.message for error in validator().iter_errors(tree)]


@pytest.mark.parametrize("path", [*SHIPPED, *OWN], ids=lambda p: "/".join(p.parts[-3:]))
def test_a_sound_file_fits_the_schema(path: Path) -> None:
    assert faults(path) == []


@pytest.mark.parametrize(
    "case", sorted(p.name for p in (BROKEN / "schema").iterdir() if p.is_dir())
)
def test_a_file_that_the_loaders_schema_refuses_does_not_fit(case: str) -> None:
    found = [fault for path in (BROKEN / "schema" / case).rglob("*.yaml") for fault in faults(path)]
    assert bool(found) == (case not in UNSEEN)


def test_a_misspelt_key_is_refused_by_each_part_of_the_schema() -> None:
    schema = json_schema()
    names = {reference["$ref"].rpartition("/")[2] for reference in schema["anyOf"]}
    assert names == {"Card", "Provider", "Contract", "Vocabulary", "Calendars", "Currencies"}
    for name, part in schema["$defs"].items():
        assert part["additionalProperties"] is False or name in ("Calendars", "Currencies"), name
        assert part["description"], name


def test_numbers_are_accepted_as_numbers_and_as_text_and_null_nowhere() -> None:
    schema = json_schema()
    rate = validator().evolve(schema={"$ref": "#/$defs/Rate", "$defs": schema["$defs"]})
    for price in (3, 0.3, "0.30", "1_000", "1e-6"):
        assert rate.is_valid({"per": "1_000_000 token", "price": {"input": price}})
    for price in ("1,000", "free", "-1", -1, None, ".5", "010"):
        assert not rate.is_valid({"per": "1_000_000 token", "price": {"input": price}})
    assert not rate.is_valid({"per": "1 token", "price": {"input": 1}, "when": None})
    assert not re.search(r'"null"|"title": "', str(schema).replace("'", '"').split("$defs", 1)[1])
