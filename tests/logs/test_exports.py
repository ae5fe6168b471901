"""CSV exports, pages of reports, OTLP and batch output."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pricing.usage.records import Records


def read(path: Path, name: str, content: Any) -> tuple[Records, list[Any]]:
    file = path / name
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text, encoding="utf-8")
    records = Records([str(file)], with_reasons=True)
    return records, [usage for usages in records for usage in usages]


def csv_of(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


OPENROUTER = (
    "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_reasoning,"
    "tokens_cached,model_permaslug,provider_name,byok_usage_inference"
)


def test_a_generation_of_openrouter_keeps_what_was_charged(tmp_path: Path) -> None:
    row = "gen-1,2026-08-01 10:00:00.123,0.0123,1000,200,50,400,openai/gpt-5.2,OpenAI,0"
    _, (usage,) = read(tmp_path, "activity.csv", csv_of(OPENROUTER, row))
    assert usage.meters == {
        "input": 600, "cache_read": 400, "output": 150, "output.reasoning": 50
    }  # fmt: skip
    assert (usage.seller, usage.model, usage.id) == ("openrouter", "openai/gpt-5.2", "gen-1")
    assert str(usage.reported) == "0.0123 USD"
    assert usage.reported_kind == "charged"
    assert usage.upstream is None


def test_with_ones_own_key_the_upstream_cost_stands_beside(tmp_path: Path) -> None:
    row = "gen-1,2026-08-01 10:00:00,0.001,1000,200,0,0,openai/gpt-5.2,OpenAI,0.02"
    _, (usage,) = read(tmp_path, "activity.csv", csv_of(OPENROUTER, row))
    assert str(usage.upstream) == "0.02 USD"
    assert usage.attributes["byok"] == "yes"


def test_a_day_of_openrouter_is_a_sum(tmp_path: Path) -> None:
    row = {
        "date": "2026-08-01",
        "model": "openai/gpt-5.2",
        "model_permaslug": "openai/gpt-5.2",
        "usage": 0.5,
        "byok_usage_inference": 0,
        "requests": 3,
        "prompt_tokens": 90,
        "completion_tokens": 10,
        "reasoning_tokens": 4,
    }
    _, (usage,) = read(tmp_path, "activity.json", {"data": [row]})
    assert usage.meters == {"input": 90, "output": 6, "output.reasoning": 4, "request": 3}
    assert usage.aggregate
    assert usage.context_tokens is None
    assert str(usage.reported) == "0.5 USD"


CONSOLE = (
    "usage_date_utc,model_version,usage_type,usage_input_tokens_no_cache,"
    "usage_input_tokens_cache_read,usage_output_tokens"
)


def test_an_unknown_column_of_counts_surfaces(tmp_path: Path) -> None:
    content = csv_of(
        f"{CONSOLE},usage_input_tokens_cache_write_12h",
        "2026-08-01,claude-sonnet-4-6,batch,10,20,30,40",
        "2026-08-01,claude-sonnet-4-6,standard,10,20,30,0",
    )
    _, (first, second) = read(tmp_path, "console.csv", content)
    assert first.unknown == {"usage_input_tokens_cache_write_12h": 40}
    assert first.attributes == {"service_tier": "batch"}
    assert not second.unknown
    assert second.attributes == {}


def test_a_row_with_other_cells_is_damaged_and_named(tmp_path: Path) -> None:
    content = csv_of(
        CONSOLE,
        "2026-08-01,claude-sonnet-4-6,standard,10,20,30",
        "2026-08-01,claude-sonnet-4-6,standard,10,20",
        "2026-08-01,claude-sonnet-4-6,standard,ten,20,30",
    )
    records, usages = read(tmp_path, "console.csv", content)
    assert len(usages) == 1
    assert [(f.line, f.what) for f in records.faults] == [
        (3, "5 cells, the header has 6"),
        (4, "usage_input_tokens_no_cache is 'ten': not a count"),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_cell_over_lines_keeps_the_numbers_of_lines(tmp_path: Path, separator: str) -> None:
    header = ["request_id", "call_type", "spend", "prompt_tokens", "completion_tokens"]
    header += ["total_tokens", "model", "custom_llm_provider", "metadata"]
    rows = [
        ["a", "chat", "0.1", "10", "5", "15", "gpt-5.2", "openai", '"{""note"":\n\n""x""}"'],
        ["b", "chat", "0.1", "20", "5", "25", "gpt-5.2", "openai", "{}"],
    ]
    content = csv_of(*(separator.join(row) for row in [header, *rows]))
    _, usages = read(tmp_path, "spend.csv", "\ufeff" + content)
    assert [usage.meters["input"] for usage in usages] == [10, 20]
    assert [usage.place.rpartition(":")[2] for usage in usages] == ["2", "5"]


def test_a_langfuse_export_leaves_out_what_counts_nothing(tmp_path: Path) -> None:
    header = "id,trace_id,type,start_time,provided_model_name,usage_details,total_cost"
    content = csv_of(
        header,
        'o1,t,GENERATION,2026-08-01T10:00:00.000Z,gpt-5.2,"{""input"":9,""output"":1}",0.01',
        "o2,t,SPAN,2026-08-01T10:00:00.000Z,,{},",
    )
    records, (usage,) = read(tmp_path, "observations.csv", content)
    assert usage.meters == {"input": 9, "output": 1}
    assert str(usage.reported) == "0.01 USD"
    assert not any(records.skipped.values())


def test_the_dashboards_csv_is_the_apis_report(tmp_path: Path) -> None:
    header = (
        "start_time,end_time,start_time_iso,end_time_iso,num_model_requests,project_id,model,"
        "batch,input_tokens,input_cached_tokens,output_tokens"
    )
    row = "1785542400,1785628800,2026-08-01T00:00:00+00:00,2026-08-02T00:00:00+00:00,7,p,gpt-5.2,"
    _, usages = read(tmp_path, "u.csv", csv_of(header, f"{row}True,100,40,9", f"{row}False,1,0,2"))
    assert usages[0].meters == {"request": 7, "input": 60, "cache_read": 40, "output": 9}
    assert [usage.attributes.get("service_tier") for usage in usages] == ["batch", None]
    assert usages[0].aggregate
    assert usages[0].at is not None


def test_cost_reports_are_money_without_usage(tmp_path: Path) -> None:
    header = "start_time,end_time,amount_value,amount_currency,line_item,project_id"
    _, (usage,) = read(
        tmp_path, "c.csv", csv_of(header, "1785542400,1785628800,0.1,usd,Image models,p")
    )
    assert usage.meters == {}
    assert str(usage.reported) == "0.1 USD"
    assert usage.labels == {"project_id": "p", "line_item": "Image models"}


def test_cents_may_be_parts_and_credits(tmp_path: Path) -> None:
    rows = [
        {"currency": "USD", "amount": amount, "cost_type": "tokens", "description": "x"}
        for amount in ("123.45", "-23.45")
    ]
    _, usages = read(
        tmp_path, "r.json", {"data": [{"starting_at": "2026-08-01T00:00:00Z", "results": rows}]}
    )
    assert sum(usage.reported.amount for usage in usages) == Decimal("1")


def test_a_float_of_dollars_is_the_digits_that_stand_there(tmp_path: Path) -> None:
    amount = {"value": "V", "currency": "usd"}
    row = {"object": "organization.costs.result", "line_item": "x", "amount": amount}
    page = json.dumps({"object": "page", "data": [{"start_time": 1785542400, "results": [row]}]})
    page = page.replace('"V"', "0.1000000000000000055511151231257827")
    _, (usage,) = read(tmp_path, "costs.json", page)
    assert str(usage.reported) == "0.1000000000000000055511151231257827 USD"


def test_a_bad_row_of_a_page_does_not_hide_the_others(tmp_path: Path) -> None:
    rows = [
        {"uncached_input_tokens": tokens, "output_tokens": 1, "model": "claude-sonnet-4-6"}
        for tokens in (5, -1, 7)
    ]
    page = {"data": [{"starting_at": "2026-08-01T00:00:00Z", "results": rows}], "has_more": False}
    records, usages = read(tmp_path, "report.json", page)
    assert [usage.meters["input"] for usage in usages] == [5, 7]
    assert records.skipped["malformed"] == 1


def test_a_page_without_rows_is_read(tmp_path: Path) -> None:
    records, usages = read(tmp_path, "report.json", {"data": [], "has_more": False})
    assert usages == []
    assert not any(records.skipped.values())


def span(**values: Any) -> dict[str, Any]:
    def wrapped(value: Any) -> dict[str, Any]:
        if isinstance(value, int):
            return {"intValue": str(value)}
        return {"stringValue": value}

    listed = [{"key": k.replace("__", "."), "value": wrapped(v)} for k, v in values.items()]
    return {"startTimeUnixNano": "1785578400000000000", "attributes": listed}


def test_spans_of_something_else_are_passed_over(tmp_path: Path) -> None:
    spans = [
        span(http__method="GET"),
        span(
            gen_ai__response__model="gpt-5.2",
            gen_ai__usage__input_tokens=10,
            gen_ai__usage__output_tokens=2,
        ),
    ]
    resource = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    lines = "\n".join(json.dumps(resource) for _ in range(2))
    records, usages = read(tmp_path, "spans.jsonl", lines)
    assert [usage.meters for usage in usages] == [{"input": 10, "output": 2}] * 2
    assert [usage.place.rpartition(":")[2] for usage in usages] == ["1", "2"]
    assert not any(records.skipped.values())


def test_a_batchs_output_is_batch_priced_and_its_errors_are_free(tmp_path: Path) -> None:
    def row(status: int, **body: Any) -> dict[str, Any]:
        response = {"status_code": status, "request_id": "r", "body": body}
        return {"id": "b", "custom_id": "c", "response": response, "error": None}

    usage = {"prompt_tokens": 22, "completion_tokens": 2, "total_tokens": 24}
    good = row(200, id="x", model="gpt-5.2", usage=usage, service_tier="default")
    rows = [good, row(429, error={"message": "slow"})]
    rows.append({"id": "b", "custom_id": "d", "response": None, "error": {"code": "batch_expired"}})
    rows.append(row(200, id="y", model="gpt-5.2", usage={**usage, "prompt_tokens": -1}))
    records, (found,) = read(tmp_path, "out.jsonl", "\n".join(map(json.dumps, rows)))
    assert found.attributes["service_tier"] == "batch"
    assert records.skipped["errors_not_billed"] == 2
    assert records.skipped["malformed"] == 1


@pytest.mark.parametrize("kind", [[], {}, 1, None])
def test_a_first_row_of_an_odd_type_is_no_traceback(tmp_path: Path, kind: Any) -> None:
    row = {"type": kind, "usage_details": {"input": 1, "output": 1}, "trace_id": "t"}
    _, usages = read(tmp_path, "o.jsonl", row)
    assert usages[0].meters["input"] == 1
