"""CSV exports, pages of reports, OTLP and batch output."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pricing.instants import instant
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


CUR = (
    "line_item_usage_start_date,line_item_product_code,line_item_line_item_type,"
    "line_item_usage_type,line_item_usage_amount,pricing_unit,line_item_unblended_cost"
)


def cur(path: Path, kind: str, *, code: str = "AmazonBedrock", what: str = "Usage") -> Any:
    return read(path, "cur.csv", csv_of(CUR, f"2026-08-01,{code},{what},{kind},2.5,1K tokens,0.25"))


@pytest.mark.parametrize(
    ("kind", "model", "meter", "attributes"),
    [
        ("USE1-Claude4.6Opus-input-tokens", "Claude4.6Opus", "input", {}),
        (
            "USE1-Claude4.6Opus-cache-read-input-token-count-cross-region-global",
            "Claude4.6Opus",
            "cache_read",
            {"endpoint": "global"},
        ),
        (
            "USE1-Nova2.0Lite-input-tokens-cross-region-global-batch",
            "Nova2.0Lite",
            "input",
            {"endpoint": "global", "service_tier": "batch"},
        ),
        (
            "USE1-Nova2.0Pro-text-input-tokens-priority-cross-region-global",
            "Nova2.0Pro-text",
            "input",
            {"endpoint": "global", "service_tier": "priority"},
        ),
        (
            "USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-global-standard",
            "anthropic.claude-opus-4-8",
            "cache_write",
            {"endpoint": "global", "service_tier": "standard"},
        ),
        (
            "EU-Qwen3-32B-output-tokens-flex",
            "Qwen3-32B",
            "output",
            {"service_tier": "flex"},
        ),
        ("gpt-oss-20b-output-tokens", "gpt-oss-20b", "output", {}),
    ],
)
def test_a_usage_type_of_bedrock_tells_what_was_counted_and_how_it_was_served(
    tmp_path: Path, kind: str, model: str, meter: str, attributes: dict[str, str]
) -> None:
    _, (usage,) = cur(tmp_path, kind)
    assert (usage.model, usage.meters, usage.attributes) == (model, {meter: 2500}, attributes)
    assert (str(usage.reported), usage.seller) == ("0.25 USD", "aws-bedrock")


@pytest.mark.parametrize(
    ("kind", "code", "what"),
    [
        ("USE1-MP:USE1_InputTokenCount_Global-Units", "6x1abc", "Usage"),
        ("USW2-MP:USW2_output_tokens_standard-Units", "6x1abc", "Usage"),
        ("USE1-Claude4.6Opus-input-tokens", "AmazonBedrock", "Tax"),
        ("", "AmazonBedrock", "Credit"),
    ],
)
def test_what_has_no_model_or_no_unit_in_a_cur_is_money_alone(
    tmp_path: Path, kind: str, code: str, what: str
) -> None:
    records, (usage,) = cur(tmp_path, kind, code=code, what=what)
    assert (usage.meters, str(usage.reported)) == ({}, "0.25 USD")
    assert usage.labels == {"line_item": kind or what}
    assert not records.faults


@pytest.mark.parametrize(
    "kind", ["USE1-Qwen3-32B-input-tokens-custom-model", "USE1-Nova-T2I-1024-Standard"]
)
def test_a_usage_type_that_nobody_knows_is_named(tmp_path: Path, kind: str) -> None:
    records, usages = cur(tmp_path, kind)
    assert usages == []
    assert f"usage type '{kind}'" in str(records.faults[0])


def test_another_product_of_a_cur_is_passed_over(tmp_path: Path) -> None:
    records, usages = cur(tmp_path, "USE1-Requests-Tier1", code="AmazonS3")
    assert (usages, records.faults) == ([], [])


def test_the_consoles_export_of_costs_is_in_dollars(tmp_path: Path) -> None:
    header = (
        "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,"
        "list_price_usd,cost_type,inference_geo,speed,api_key_id,api_key_status"
    )
    start = "2026-08-05,Claude Sonnet 4.5,Default,demo,message,≤ 200k"
    rows = [
        f"{start},input_cache_read,0.10,1.00,token,not_available,,apikey_1,archived",
        f"{start},output,1.35,1.35,token,global,,apikey_1,active",
    ]
    _, usages = read(tmp_path, "cost.csv", csv_of(header, *rows))
    assert [str(usage.reported) for usage in usages] == ["0.1 USD", "1.35 USD"]
    assert usages[0].labels == {
        "workspace": "Default", "key": "demo", "api_key_id": "apikey_1",
        "cost_type": "token", "token_type": "input_cache_read",
    }  # fmt: skip
    assert (usages[0].seller, usages[0].meters) == ("anthropic", {})
    assert usages[0].at == instant("2026-08-05")


def test_the_consoles_export_of_tokens_is_read_by_its_real_header(tmp_path: Path) -> None:
    header = (
        "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,"
        "usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
        "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,"
        "web_search_count,inference_geo,speed"
    )
    row = "2026-03-22,claude-sonnet-4-6,k,Default,standard,≤ 200k,100,1,2,3,50,10,not_available,"
    _, (usage,) = read(tmp_path, "tokens.csv", csv_of(header, row))
    assert usage.meters == {
        "input": 100, "cache_write.5m": 1, "cache_write.1h": 2, "cache_read": 3,
        "output": 50, "web_search": 10,
    }  # fmt: skip
    assert (usage.unknown, usage.labels["key"]) == ({}, "k")


def test_a_day_without_anything_is_a_row_that_counts_nothing(tmp_path: Path) -> None:
    times = "start_time,end_time,start_time_iso,end_time_iso"
    day = "1759968000,1760054400,2025-10-09T00:00:00+00:00,2025-10-10T00:00:00+00:00"
    costs = csv_of(
        f"{times},amount_value,amount_currency,line_item,project_id,organization_id",
        f"{day},,,,,",
        f"{day},0.34090000000000000,usd,,,org-1",
    )
    records, (usage,) = read(tmp_path, "costs.csv", costs)
    assert (str(usage.reported), records.faults) == ("0.3409 USD", [])
    use = csv_of(
        f"{times},project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,"
        "input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_text_tokens",
        f"{day},,,,,,,,,,,,",
        f"{day},p,10.0,u,k,gpt-4o-2024-08-06,FALSE,default,59200.0,10646.0,5760.0,53440.0,53440.0",
    )
    records, (usage,) = read(tmp_path, "use.csv", use)
    assert usage.meters == {"request": 10, "input": 53440, "cache_read": 5760, "output": 10646}
    assert (records.faults, usage.warnings) == ([], ())


def test_openrouters_sums_by_day_are_read(tmp_path: Path) -> None:
    header = "Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens"
    row = '"2026-05-12 00:00:00","anthropic/claude-opus-4.7","430.07","0","4115","709","300","100"'
    _, (usage,) = read(tmp_path, "activity.csv", csv_of(header, row))
    assert usage.meters == {"request": 4115, "input": 709, "output": 200, "output.reasoning": 100}
    assert (str(usage.reported), usage.aggregate) == ("430.07 USD", True)
    assert usage.at == instant("2026-05-12")


@pytest.mark.parametrize("more", [{}, {"request_id": None}, {"request_id": "r1"}])
def test_a_row_of_a_gateway_has_its_time_with_an_id_and_without(
    more: dict[str, Any], tmp_path: Path
) -> None:
    row = {"ts": "2026-03-01T00:00:00Z", "provider": "anthropic", "model": "claude-sonnet-4-6",
           "usage": {"input_tokens": 10, "output_tokens": 5}, **more}  # fmt: skip
    _, found = read(tmp_path, "calls.jsonl", f"{json.dumps(row)}\n" * 2)
    assert {usage.at for usage in found} == {instant("2026-03-01T00:00:00Z")}
    # only an id tells that two rows are one call
    assert len(found) == (1 if more.get("request_id") else 2)


def test_a_body_that_has_a_time_beside_it_is_no_row_of_a_gateway(tmp_path: Path) -> None:
    """``provider`` stands in bodies of OpenRouter too; their id is theirs."""
    body = {"id": "gen-1", "ts": "2026-03-01T00:00:00Z", "provider": "Anthropic",
            "model": "anthropic/claude-sonnet-4.6",
            "usage": {"prompt_tokens": 10, "completion_tokens": 5}}  # fmt: skip
    _, (usage,) = read(tmp_path, "bodies.jsonl", f"{json.dumps(body)}\n")
    assert usage.id == "gen-1"
