"""The worked example in every format: exact numbers, parts that add up, and real validators.

``pytest tests/test_budget_formats.py --update-golden`` rewrites the files beside the sample.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema
from junitparser import Error, Failure, JUnitXml, Skipped
from transcripts import run_here

from pricing import __version__
from pricing.budget.ci import MOST_ANNOTATIONS, github_text, gitlab_text, junit_text, sarif_text
from pricing.budget.comment import MOST_COMMENT, MOST_SUMMARY, comment_text, summary_text
from pricing.budget.document import settled
from pricing.budget.formats import FORMATS, bytes_of

HERE = Path(__file__).parent / "budgets"
SAMPLE = HERE / "sample"
CASE = Path(__file__).parents[2] / "shared" / "cases" / "budgets"
ENDINGS = {
    "table": "txt", "markdown": "md", "json": "json", "csv": "csv", "html": "html", "junit": "xml",
    "sarif": "sarif", "gitlab": "gitlab.json", "github": "annotations.txt", "summary": "summary.md",
}  # fmt: skip
#: no texts, or pictures: how each begins
DRAWN = {"xlsx": b"PK", "svg": b"<svg ", "png": b"\x89PNG"}
AT = "2026-11-20T23:00:00Z"


def check(*words: str, folder: Path = SAMPLE) -> tuple[str, str, int]:
    return run_here(["budget", "check", *words], folder)


def document_of(*words: str, folder: Path = SAMPLE) -> dict[str, Any]:
    printed, _, _ = check(*words, "--format", "json", folder=folder)
    document = json.loads(printed, parse_float=lambda text: pytest.fail(f"a float: {text}"))
    # the fingerprint of the cards changes with every card that is added
    return {key: value for key, value in document.items() if key != "schema"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return document_of("--base", "base.yaml", "--at", AT)


@pytest.fixture(scope="module")
def every() -> dict[str, Any]:
    """All verdicts at once: fail, waived, warn, pass; and one that cannot be judged."""
    folder = Path(__file__).parent / "cli" / "files"
    words = ("budgets/every.yaml", "--base", "budgets/head.yaml")
    found = document_of(*words, folder=folder)
    unknown = document_of("budgets/empty.yaml", folder=folder)
    rows = [row for row in unknown["budgets"] if row["verdict"] == "cannot judge"]
    return {
        **found,
        "budgets": [*found["budgets"], *rows],
        "problems": [*unknown["problems"], {**unknown["problems"][0], "what": "a stray\n% one"}],
    }


def test_every_format_is_written_in_one_run(tmp_path: Path, update_golden: bool) -> None:
    paths = {name: tmp_path / f"report.{ending}" for name, ending in ENDINGS.items()}
    assert {*ENDINGS, *DRAWN} == set(FORMATS)
    pictures = {name: tmp_path / f"picture.{name}" for name in DRAWN}
    words = [f"--report={name}={path}" for name, path in {**paths, **pictures}.items()]
    _, _, status = check("--base", "base.yaml", "--at", AT, *words)
    assert status == 1
    for name, path in paths.items():
        golden = SAMPLE / "golden" / path.name
        text = path.read_text(encoding="utf-8").replace(f'"{__version__}"', '"VERSION"')
        text = re.sub(r'("catalog": ?")[0-9a-f]{16}"', r'\1…"', text)
        # where the lines of a picture lie depends on what draws it, its words do not
        text = re.sub(r"<svg .*?(<title.*?</desc>).*?</svg>", r"<svg>\1</svg>", text, flags=re.S)
        if name == "json":
            text = json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
        if update_golden:
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8"), name
    for name, path in pictures.items():
        assert path.read_bytes().startswith(DRAWN[name]), name


def test_the_numbers_are_those_worked_out_by_hand(document: dict[str, Any]) -> None:
    # From the fixtures with the printed prices of both models, and 12,000 x 1.02 x 30 calls.
    calls = 12_240 * 30

    def month(name: str, model: str, share: str = "1", count: int = calls) -> Decimal:
        log = (SAMPLE / "fixtures" / name).read_text(encoding="utf-8")
        rows = [json.loads(row) for row in log.splitlines()]
        prices = {"haiku": "1 0.10 1.25 5", "sonnet": "3 0.30 3.75 15"}[model].split()
        keys = ("input", "cache_read_input", "cache_creation_input", "output")
        total = sum(
            row["usage"][f"{key}_tokens"] * Decimal(price)
            for row in rows
            for key, price in zip(keys, prices, strict=True)
        )
        return total * Decimal(share) * count / len(rows) / 1_000_000

    base = month("support_chat.base.jsonl", "haiku")
    tokens = month("support_chat.jsonl", "haiku")
    head = month("support_chat.jsonl", "sonnet")
    nightly = month("nightly_summaries.jsonl", "haiku", "0.5", 4_000 * 30)
    agent = 300 * 30 * Decimal("0.087")  # 9,000 x 3 + 60,000 x 0.30 + 4,000 x 3.75 + 1,800 x 15
    rows = {row["name"]: row for row in document["scenarios"]}
    assert Decimal(rows["support_chat"]["base"]) == base == Decimal("1620.9432")
    assert Decimal(rows["support_chat"]["head"]) == head == Decimal("5070.77496")
    assert Decimal(rows["nightly_summaries"]["head"]) == nightly == Decimal("639.555")
    assert Decimal(rows["new_agent"]["head"]) == agent == Decimal("783")
    causes = {(row["scenario"], row["cause"]): Decimal(row["amount"]) for row in document["causes"]}
    assert causes == {
        ("support_chat", "tokens"): tokens - base,
        ("support_chat", "model"): head - tokens,
        ("new_agent", "new"): agent,
    }
    assert Decimal(document["total"]["change"]) == sum(causes.values())


@pytest.mark.skipif(not CASE.is_dir(), reason="the shared cases are not beside this checkout")
def test_the_numbers_are_those_of_the_shared_case(document: dict[str, Any]) -> None:
    case = json.loads((CASE / "report.json").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in document["scenarios"]}
    for side in ("base", "head"):
        for name, amount in case[side].items():
            assert Decimal(rows[name][side]) == Decimal(amount)
    causes = {(row["scenario"], row["cause"]): row["amount"] for row in document["causes"]}
    names = {"usage": "tokens", "model_switch": "model", "new": "new"}
    for scenario, parts in case["attribution"].items():
        for name, amount in parts.items():
            assert Decimal(causes[scenario, names[name]]) == Decimal(amount)
    verdicts = {row["id"]: row["verdict"] == "fail" for row in document["budgets"]}
    assert verdicts == {row["id"]: row["failed"] for row in case["checks"]}


def figures(cells: list[str]) -> list[Decimal]:
    return [Decimal(cell.replace(",", "").strip("*+ ")) for cell in cells if re.search(r"\d", cell)]


def test_the_shown_parts_of_the_comment_add_up_to_the_shown_total(
    document: dict[str, Any],
) -> None:
    text = comment_text(document)
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")][1:]
    *parts, total = rows
    for column in (3, 4, 5):
        shown = figures([row[column] for row in parts])
        assert sum(shown) == figures([total[column]])[0]
    why = next(line for line in text.splitlines() if line.startswith("Why:"))
    amounts = [Decimal(found.replace(",", "")) for found in re.findall(r"[+-]([\d,]+\.\d\d)", why)]
    assert sum(amounts) == Decimal("4232.83")


def sarif_faults(made: Any) -> list[str]:
    """Give what the whole schema of SARIF 2.1.0 says against a file."""
    schema = json.loads((HERE / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert len(schema["definitions"]) == 52
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in validator.iter_errors(made)]


def test_sarif_is_valid(document: dict[str, Any], every: dict[str, Any]) -> None:
    for each in (document, every, {**document, "budgets": [], "problems": []}):
        made = json.loads(sarif_text(each))
        assert sarif_faults(made) == []
        (run,) = made["runs"]
        for rule in run["tool"]["driver"]["rules"]:
            # what GitHub's code scanning asks for beyond the schema
            assert rule["fullDescription"]["text"]
            assert rule["help"]["text"]
        for result in run["results"]:
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    results = json.loads(sarif_text(every))["runs"][0]["results"]
    assert [result.get("suppressions", [{}])[0].get("kind") for result in results].count(
        "external"
    ) == 1
    assert json.loads(sarif_text({**document, "budgets": []}))["runs"][0]["results"] == []


@pytest.mark.parametrize(
    "broken",
    [
        {"runs": [{}]},
        {"version": "2.0"},
        {"runs": [{"tool": {"driver": {}}, "results": [{}]}]},
        {"runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"massage": {}}]}]},
        {"run": []},
    ],
)
def test_the_sarif_schema_refuses_what_is_wrong(broken: dict[str, Any]) -> None:
    sound = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": []}]}
    assert sarif_faults(sound) == []
    assert sarif_faults({**sound, **broken})


def test_junit_is_read_by_its_parser(every: dict[str, Any]) -> None:
    suite = next(iter(JUnitXml.fromstring(junit_text(every).encode())))
    kinds = {Failure: 0, Error: 0, Skipped: 0, None: 0}
    for case in suite:
        results = [type(result) for result in case.result]
        kinds[results[0] if results else None] += 1
        assert case.classname == "pricing.budget"
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
        sum(kinds.values()), kinds[Failure], kinds[Error], kinds[Skipped],
    )  # fmt: skip
    assert kinds == {Failure: 1, Error: 2, Skipped: 1, None: 10}


def test_junit_keeps_to_the_schema_of_jenkins(
    document: dict[str, Any], every: dict[str, Any]
) -> None:
    schema = xmlschema.XMLSchema(HERE / "schemas" / "junit-10.xsd")
    for each in (document, every, {**document, "budgets": [], "problems": []}):
        schema.validate(junit_text(each))
    assert not schema.is_valid("<testsuites><testsuite/></testsuites>")


def test_gitlabs_report_keeps_to_its_schema(
    document: dict[str, Any], every: dict[str, Any]
) -> None:
    schema = json.loads((HERE / "schemas" / "gitlab.json").read_text(encoding="utf-8"))
    for each in (document, every):
        rows = json.loads(gitlab_text(each))
        jsonschema.validate(rows, schema)
        prints = [row["fingerprint"] for row in rows]
        assert len(set(prints)) == len(prints)
    assert gitlab_text({**document, "budgets": []}) == "[]\n"


def many(document: dict[str, Any], count: int) -> dict[str, Any]:
    """Give a document with so many scenarios, causes, budgets and problems."""

    def copies(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
        return [{**rows[0], key: f"{'x' * 100}-{number}"} for number in range(count)]

    problem = {"kind": "unpriced", "path": "a", "line": 1, "excerpt": None, "remedy": "r" * 300}
    return {
        **document,
        "scenarios": copies(document["scenarios"], "name"),
        "causes": copies(document["causes"], "scenario"),
        "budgets": copies(document["budgets"], "id"),
        "problems": [{**problem, "what": f"{'w' * 400}{number}"} for number in range(count)],
    }


@pytest.mark.parametrize("count", [1, 49, 51, 400, 3_000])
def test_no_platform_is_given_more_than_it_takes(document: dict[str, Any], count: int) -> None:
    large = many(document, count)
    assert len(comment_text(large)) <= MOST_COMMENT
    assert comment_text(large).startswith("<!-- pricing:budget id=main valid-at=")
    assert len(summary_text(large).encode()) <= MOST_SUMMARY
    lines = github_text(large).splitlines()
    for kind in ("::error", "::warning"):
        assert sum(line.startswith(kind) for line in lines) <= MOST_ANNOTATIONS
    if count > 50:
        assert f"{count - 50:,} others" in comment_text(large) or "others" in comment_text(large)
        assert lines[-1].endswith("more, see the summary")


def test_an_annotation_escapes_what_a_command_would_obey(document: dict[str, Any]) -> None:
    row = {**document["budgets"][0], "id": "a:b,c", "message": "50 %\n::error::x", "path": "a,b:c"}
    (line,) = github_text({**document, "budgets": [row], "problems": []}).splitlines()
    assert line == (
        "::error file=a%2Cb%3Ac,line=25,title=LLM budget a%3Ab%2Cc::fail: 50 %25%0A::error::x"
    )


def test_names_from_outside_stay_names_in_markdown(document: dict[str, Any]) -> None:
    row = {**document["scenarios"][0], "name": "<img src=x>|`@everyone`"}
    text = comment_text({**document, "scenarios": [row], "causes": []})
    assert "`` <img src=x>\\|`@everyone` ``" in text
    row = {**document["budgets"][0], "message": "<script>[x](y) @all"}
    text = comment_text({**document, "budgets": [row]})
    assert "&lt;script>\\[x](y) @&#8203;all" in text


def test_amounts_that_never_end_still_add_up() -> None:
    from fractions import Fraction

    third = Fraction(1, 3)
    parts, total = settled([third, third, third], Decimal(1))
    assert sum(parts) == total == 1
    parts, total = settled([third, Decimal("0.5")], third + Fraction(1, 2))
    assert sum(parts) == total
    assert parts[1] == Decimal("0.5")


@pytest.mark.parametrize("format", FORMATS)
def test_a_document_alone_makes_every_format(document: dict[str, Any], format: str) -> None:
    again = json.loads(json.dumps(document))
    assert bytes_of(again, format) == bytes_of(document, format)
