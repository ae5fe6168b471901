"""Every JSON document keeps to its schema in docs/schemas, and holds nothing that is not in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from transcripts import FILES, run_here

ROOT = Path(__file__).parents[1]
SCHEMAS = {path.stem: path for path in sorted((ROOT / "docs" / "schemas").glob("*.json"))}

COMMANDS = {
    "cost": [
        "cost response.json",
        "cost response.json --seller apimodels",
        "cost old.jsonl",
        "cost labels.jsonl --by day,project,service_tier",
        "cost labels.jsonl --lines --explain-skipped",
        "cost once.jsonl failed.jsonl --explain-skipped",
        "cost damaged.jsonl",
        "cost odd.jsonl",
        "cost reported.jsonl",
        "cost team.jsonl --cards cny",
        "cost team.jsonl --cards cny --by seller",
        "cost team.jsonl --cards cny --cards fx --currency USD",
        "cost tools.jsonl --account used.json",
        "cost labels.jsonl --until 2020-01-01",
        "cost opus.json --seller bytespike --estimates",
        "cost follower.jsonl --cards follower",
        "cost costs.json",
        "cost charged.csv --map charged.yaml --currency USD --cards fx",
    ],
    "compare": [
        "compare claude-sonnet-4-6 claude-opus-5-5 --input 5 --output 5 --variants batch,fast",
        "compare claude-sonnet-4-6 --sellers all --input 5 --cache-read 9 --attribute speed=fast",
        "compare claude-sonnet-4-6 --sellers anthropic,apimodels --input 5 --cache-read 9",
        "compare claude-opus-4-8 --sellers all --input 5 --estimates",
        "compare claude-sonnet-4-6 --sellers all --cards cny --cards fx --input 5 --currency USD",
        "compare claude-sonnet-4-6 --sellers all --cards cny --input 5 --currency USD",
        "compare claude-sonnet-4-6 --usage labels.jsonl",
    ],
    "break_even": ["compare claude-sonnet-4-6 --break-even caching"],
    "explain": [
        "explain results.jsonl:7",
        "explain response.json",
        "explain response.json --seller apimodels",
        "explain failed.jsonl:2",
        "explain fast.json",
        "explain claude-sonnet-4-6 --input 5",
    ],
    "reconcile": [
        "reconcile bill.json --usage labels.jsonl",
        "reconcile bill.json --usage labels.jsonl --usage-report labels.jsonl",
    ],
    "reconcile_cell": [
        "reconcile bill.json --usage labels.jsonl"
        " --explain 2026-11-19/claude-haiku-5-5/output/standard"
    ],
    "reconcile_finding": [
        "reconcile bill.json --usage labels.jsonl --explain missing_invoice_line"
    ],
    "cards": ["cards list", "cards list --at 2024-01-01", "cards list bytespike"],
    "card": [
        "cards show claude-sonnet-4-6",
        "cards show apimodels/claude-sonnet-4-6",
        "cards show claude-opus-4-6",
    ],
    "cards_diff": [
        "cards diff 2026-10-06 2026-10-07",
        "cards diff 2026-03-12 2026-03-13 --usage labels.jsonl",
        "cards diff cny sound",
        "cards diff 2026-10-06 2026-10-07 --model claude-sonnet-5-5 --cache-read 1000",
    ],
    "cards_crosscheck": [
        "cards crosscheck tables/litellm.json --at 2025-12-20",
        "cards crosscheck tables/genai-prices.json --usage labels.jsonl",
    ],
    "cards_export": ["cards export", "cards export --cards cny --seller apimodels-cny"],
    "cards_import": [
        "cards import litellm tables/litellm.json -o none --as-of 2026-11-14 --seller nobody"
    ],
    "cards_check": ["cards check", "cards check mine", "cards check odd"],
    "budget": [
        "budget check budgets/base.yaml",
        "budget check budgets/empty.yaml",
        "budget check budgets/head.yaml --base budgets/base.yaml",
        "budget check budgets/head.yaml --base none",
        "budget check budgets/every.yaml --base budgets/head.yaml",
        "budget diff budgets/base.yaml --base budgets/head.yaml",
        "budget diff budgets/empty.yaml --base budgets/base.yaml",
    ],
}
CASES = [(kind, command) for kind, commands in COMMANDS.items() for command in commands]


def closed(schema: Any) -> Any:
    """Give a schema that also refuses what it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and isinstance(schema["properties"], dict) and "type" in schema:
        strict.setdefault("additionalProperties", False)
    return strict


@pytest.mark.parametrize(("kind", "command"), CASES, ids=[command for _, command in CASES])
def test_a_document_keeps_to_its_schema(kind: str, command: str) -> None:
    printed, _, _ = run_here([*command.split(), "--format", "json"], FILES)
    assert printed.count("\n") == 1, "one document on one line"
    document = json.loads(printed, parse_float=lambda text: pytest.fail(f"a float: {text}"))
    schema = json.loads(SCHEMAS[kind].read_text(encoding="utf-8"))
    jsonschema.validate(document, closed(schema), cls=jsonschema.Draft202012Validator)


def test_every_schema_is_tried_and_is_one() -> None:
    assert set(SCHEMAS) == set(COMMANDS)
    for kind, path in SCHEMAS.items():
        schema = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"pricing.{kind}/1"


@pytest.mark.parametrize(
    ("key", "value"), [("total", 0.0397666), ("requests", "1"), ("groups", None), ("odd", 1)]
)
def test_a_document_of_another_form_is_refused(key: str, value: object) -> None:
    printed, _, _ = run_here(["cost", "response.json", "--format", "json"], FILES)
    document = {**json.loads(printed), key: value}
    schema = closed(json.loads(SCHEMAS["cost"].read_text(encoding="utf-8")))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)


def test_every_key_of_the_cost_schema_occurs_somewhere() -> None:
    seen: set[str] = set()
    for command in COMMANDS["cost"]:
        printed, _, _ = run_here([*command.split(), "--format", "json"], FILES)
        seen |= json.loads(printed).keys()
    schema = json.loads(SCHEMAS["cost"].read_text(encoding="utf-8"))
    assert seen == set(schema["properties"])


@pytest.mark.parametrize("words", ["cost fast.json", "explain fast.json", "cost old.jsonl"])
def test_what_has_no_price_is_never_0(words: str) -> None:
    printed, _, status = run_here([*words.split(), "--format", "json"], FILES)
    assert status == 3
    assert '"total":"0' not in printed
    assert json.loads(printed)["total"] is None
