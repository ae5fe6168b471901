"""What CI systems read: JUnit, SARIF, GitLab's code quality, GitHub's annotations.

Each is made from the canonical document; none decides anything.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from pricing.budget.comment import problems_text
from pricing.budget.document import ordered
from pricing.budget.judge import FAIL, UNKNOWN, WAIVED, WARN

Document = dict[str, Any]
#: annotations of one type that GitHub shows of a step
MOST_ANNOTATIONS = 10
#: results of a run that GitHub shows
MOST_RESULTS = 5_000
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_JUDGED = "cannot-judge"
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def junit_text(document: Document) -> str:
    """Give a test case for each budget: failure, error (cannot judge), or skipped (waived)."""
    rows = document["budgets"] or []
    alone = _alone(document)
    counts = {word: sum(row["verdict"] == word for row in rows) for word in (FAIL, UNKNOWN, WAIVED)}
    summed = {
        "tests": str(len(rows) + len(alone)),
        "failures": str(counts[FAIL]),
        "errors": str(counts[UNKNOWN] + len(alone)),
        "skipped": str(counts[WAIVED]),
        "time": "0",
    }
    # Jenkins' schema knows no skipped tests of all suites
    of_all = {key: value for key, value in summed.items() if key != "skipped"}
    suites = ElementTree.Element("testsuites", of_all)
    given = {"name": "pricing.budget", "file": _xml(document["file"]), **summed}
    suite = ElementTree.SubElement(suites, "testsuite", given)
    properties = ElementTree.SubElement(suite, "properties")
    for key in ("file", "base", "verdict", "valid_at", "prices_at", "month_days", "currency"):
        if document[key] is not None:
            given = {"name": key, "value": _xml(document[key])}
            ElementTree.SubElement(properties, "property", given)
    for row in rows:
        case = _case(suite, row["id"])
        message = _xml(row["message"])
        at = f"{_xml(row['path'])}:{row['line']}: "
        if row["verdict"] == FAIL:
            made = ElementTree.SubElement(case, "failure", message=message, type="OverBudget")
            made.text = at + message
        elif row["verdict"] == UNKNOWN:
            made = ElementTree.SubElement(case, "error", message=message, type="CannotJudge")
            made.text = at + _xml(problems_text(row["problems"]) or row["message"])
        elif row["verdict"] == WAIVED:
            ElementTree.SubElement(case, "skipped", message=message)
        else:
            ElementTree.SubElement(case, "system-out").text = f"{row['verdict']}: {message}"
    for number, problem in enumerate(alone, 1):
        case = _case(suite, f"{_NOT_JUDGED}-{number}")
        what = _xml(problem["what"])
        made = ElementTree.SubElement(case, "error", message=what, type="CannotJudge")
        at = f"{_xml(problem['path'] or document['file'])}:{problem['line'] or 1}: "
        made.text = at + what
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _case(suite: ElementTree.Element, name: str) -> ElementTree.Element:
    """Add a case; its place stands in the text, for Jenkins' schema has no attribute for it."""
    given = {"classname": "pricing.budget", "name": _xml(name), "time": "0"}
    return ElementTree.SubElement(suite, "testcase", given)


def _xml(text: object) -> str:
    return _NO_XML.sub("?", str(text))


def _alone(document: Document) -> list[dict[str, Any]]:
    """Give the problems that no budget tells."""
    told = {str(problem["what"]) for row in document["budgets"] for problem in row["problems"]}
    return [problem for problem in document["problems"] if problem["what"] not in told]


def sarif_text(document: Document) -> str:
    """Give SARIF 2.1.0: a rule for each budget, a result for each that is not simply kept."""
    rows = ordered(document)
    rules = [
        _rule(document, row["id"], f"LLM budget {row['id']}", _meaning(row), row["severity"])
        for row in rows
    ]
    indexes = {row["id"]: number for number, row in enumerate(rows)}
    results = [
        _result(document, f"budget/{row['id']}", indexes[row["id"]], row)
        for row in rows
        if row["verdict"] in (FAIL, UNKNOWN, WARN, WAIVED)
    ]
    alone = _alone(document)
    if alone:
        meaning = "All that is spent is known; what is not never passes."
        rules.append(_rule(document, _NOT_JUDGED, "What cannot be judged", meaning, "error"))
    for problem in alone:
        row = {
            "id": problem["what"], "verdict": UNKNOWN, "message": problem["what"],
            "path": problem["path"] or document["file"], "line": problem["line"] or 1,
        }  # fmt: skip
        results.append(_result(document, f"budget/{_NOT_JUDGED}", len(rows), row))
    run = {
        "tool": {
            "driver": {
                "name": "pricing",
                "version": document["version"],
                "semanticVersion": document["version"],
                "rules": rules,
            }
        },
        "invocations": [
            {"executionSuccessful": document["exit"] in (0, 1), "exitCode": document["exit"]}
        ],
        "columnKind": "utf16CodeUnits",
        "results": results[:MOST_RESULTS],
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(document: Document, id: str, title: str, meaning: str, level: str) -> dict[str, Any]:
    """Give a rule with all that GitHub's code scanning asks of it."""
    told = f"Spend less, or change {relative(document['file'])}; `pricing budget diff` says why."
    return {
        "id": f"budget/{id}",
        "shortDescription": {"text": title},
        "fullDescription": {"text": meaning},
        "help": {"text": told},
        "defaultConfiguration": {"level": level},
    }


def _meaning(row: dict[str, Any]) -> str:
    """Say what a budget judges."""
    about = [f"{key} {', '.join(value)}" for key, value in row["scope"].items()]
    if row["stat"]:
        about.insert(0, row["stat"])
    of = f" ({', '.join(about)})" if about else ""
    if row["kind"] == "limit":
        return f"At most {row['limit']} {row['currency']} a {row['per']}{of}."
    if row["kind"] == "increase":
        return f"Keeps the rise of a {row['per']} within its bounds{of}."
    if row["kind"] == "metric":
        return f"Keeps {row['metric']} within its bounds{of}."
    return f"Calls only models that are priced and allowed{of}."


def _result(document: Document, rule: str, index: int, row: dict[str, Any]) -> dict[str, Any]:
    level = "warning" if row["verdict"] in (WARN, WAIVED) else "error"
    found: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": index,
        "level": level,
        "kind": "fail",
        "message": {"text": f"{row['verdict']}: {row['message']}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(relative(row["path"]), safe="/")},
                    "region": {"startLine": row["line"]},
                }
            }
        ],
        "partialFingerprints": {"budgetId/v1": fingerprint(document, row)},
    }
    if row["verdict"] == WAIVED:
        waiver = row["waiver"]
        told = f"{waiver['reason']}, up to {waiver['up_to']} until {waiver['until']}"
        found["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": f"{told}, {waiver['by']}"}
        ]
    return found


def relative(path: str) -> str:
    """Give a path from the root of the project, with plain slashes."""
    found = posixpath.normpath(path.replace("\\", "/"))
    return found.lstrip("/") or "."


def fingerprint(document: Document, row: dict[str, Any]) -> str:
    """Give what stays the same as long as the same budget of the same file is meant."""
    told = "\0".join((relative(document["file"]), document["id"], row["id"]))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def gitlab_text(document: Document) -> str:
    """Give GitLab's code quality report; an empty list where all budgets are kept."""
    severities = {FAIL: "major", UNKNOWN: "critical", WARN: "minor", WAIVED: "info"}
    rows = [row for row in ordered(document) if row["verdict"] in severities]
    rows += [
        {
            "id": f"{_NOT_JUDGED}: {problem['what']}", "verdict": UNKNOWN,
            "message": problem["what"], "path": problem["path"] or document["file"],
            "line": problem["line"] or 1,
        }
        for problem in _alone(document)
    ]  # fmt: skip
    found = [
        {
            "description": f"{row['verdict']}: {row['message']}",
            "check_name": f"llm-budget/{row['id'].partition(':')[0]}",
            "fingerprint": fingerprint(document, row),
            "severity": severities[row["verdict"]],
            "location": {"path": relative(row["path"]), "lines": {"begin": row["line"]}},
        }
        for row in rows
    ]
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def github_text(document: Document) -> str:
    """Give workflow commands that annotate files: at most ten of a type, the worst first."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {"error": [], "warning": []}
    for row in ordered(document):
        if row["verdict"] in (FAIL, UNKNOWN):
            found["error"].append((f"LLM budget {row['id']}", row))
        elif row["verdict"] in (WARN, WAIVED):
            found["warning"].append((f"LLM budget {row['id']}", row))
    for problem in _alone(document):
        row = {"verdict": UNKNOWN, "message": problem["what"], "path": problem["path"],
               "line": problem["line"]}  # fmt: skip
        found["error"].append(("LLM budget", row))
    lines = []
    for type, rows in found.items():
        most = MOST_ANNOTATIONS if len(rows) <= MOST_ANNOTATIONS else MOST_ANNOTATIONS - 1
        lines += [_annotation(type, title, row, document) for title, row in rows[:most]]
        if len(rows) > most:
            lines.append(f"::{type} title=LLM budget::{len(rows) - most} more, see the summary")
    return "".join(f"{line}\n" for line in lines)


def _annotation(type: str, title: str, row: dict[str, Any], document: Document) -> str:
    given = {
        "file": relative(row["path"] or document["file"]),
        "line": row["line"] or 1,
        "title": title,
    }
    listed = ",".join(f"{key}={_escaped(value, in_value=True)}" for key, value in given.items())
    return f"::{type} {listed}::{_escaped(row['verdict'] + ': ' + row['message'])}"


def _escaped(value: object, in_value: bool = False) -> str:
    """Give a text that a workflow command takes as it is."""
    text = str(value).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_value else text
