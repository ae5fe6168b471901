"""The calculator driven by a real browser: what it shows is what the command line prints."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import site_cases
from browser import DESKTOP, PHONE, Visit, visit
from test_site_engine import here_is_pyodide

import pricing
from pricing.instants import instant
from pricing.site.build import build_site
from pricing.site.pyodide import pyodide_files
from pricing.site.serve import SiteServer

pytestmark = pytest.mark.slow

AT = "2026-11-20"
MODELS = ["anthropic/claude-sonnet-4-6", "openai/gpt-5.2", "google-aistudio/gemini-2.5-pro"]
#: one model at two sellers
SELLERS = ["anthropic/claude-sonnet-4-6", "openrouter/anthropic/claude-sonnet-4.6"]
APIS: dict[str, dict[str, Any]] = {
    "anthropic messages": {
        "model": "claude-sonnet-4-6", "type": "message", "role": "assistant", "content": [],
        "usage": {"input_tokens": 87, "cache_creation_input_tokens": 4211,
                  "cache_read_input_tokens": 61007, "output_tokens": 1823},
    },
    "openai chat": {
        "object": "chat.completion", "model": "gpt-5.2", "choices": [],
        "usage": {"prompt_tokens": 12001, "completion_tokens": 907, "total_tokens": 12908,
                  "prompt_tokens_details": {"cached_tokens": 8003},
                  "completion_tokens_details": {"reasoning_tokens": 301}},
    },
    "openai responses": {
        "object": "response", "model": "gpt-5.2", "output": [], "status": "completed",
        "usage": {"input_tokens": 15013, "input_tokens_details": {"cached_tokens": 9001},
                  "output_tokens": 1103, "output_tokens_details": {"reasoning_tokens": 641},
                  "total_tokens": 16116},
    },
    "gemini": {
        "candidates": [], "modelVersion": "gemini-2.5-pro",
        "usageMetadata": {"promptTokenCount": 9001, "cachedContentTokenCount": 6007,
                          "candidatesTokenCount": 701, "thoughtsTokenCount": 419,
                          "totalTokenCount": 10121},
    },
}  # fmt: skip
HOSTILE = "<script>window.hit=1</script><img src=x onerror='window.hit=1'>=cmd()\u202egnp"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a whole site, served as ``pricing site serve`` does."""
    here_is_pyodide()
    out = tmp_path_factory.mktemp("page") / "site"
    build_site(pricing.load_catalog(), out, pyodide_files(), instant(AT), "1")
    with SiteServer(out) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.address
        server.shutdown()


@pytest.fixture(scope="module")
def page(chromium: Any, address: str) -> Iterator[Visit]:
    """Give the page with its engine ready; tests that share it begin with a state of their own."""
    with visit(chromium, address) as seen:
        ready(seen)
        yield seen


def ready(seen: Visit) -> None:
    seen.page.wait_for_selector("#engine.ready", timeout=90_000, state="attached")


def settled(seen: Visit) -> None:
    """Wait until what the page shows is of its present state."""
    seen.page.wait_for_selector("body[data-state=done]", timeout=60_000)


def show(seen: Visit, **state: Any) -> None:
    """Bring the page into a state as a link does."""
    state = {"v": "1", "at": AT} | state
    fragment = urlencode(state, doseq=True, quote_via=quote)
    seen.page.evaluate(
        """f => {
          document.body.dataset.state = "";
          if (location.hash === `#${f}`) dispatchEvent(new HashChangeEvent("hashchange"));
          else location.hash = f;
        }""",
        fragment,
    )
    settled(seen)


def told(*words: str, folder: Path | None = None) -> Any:
    """Give the command line's JSON."""
    import os

    before = os.getcwd()
    if folder is not None:
        os.chdir(folder)
    try:
        answer = site_cases.run([*words, "--format", "json"])
    finally:
        os.chdir(before)
    assert answer["out"], answer
    return json.loads(answer["out"])


def amounts(seen: Visit, name: str) -> dict[str, str]:
    """Give the exact totals of the comparison by card, as the page shows them."""
    rows = seen.page.locator(f"table[data-table={name}] tbody tr[data-card]")
    found = {}
    for row in rows.all():
        data = row.locator("data")
        if data.count():
            shown, value = data.first.inner_text(), data.first.get_attribute("value")
            assert shown.replace(",", "") == value
            found[row.get_attribute("data-card")] = value
    return found


def lines(seen: Visit) -> list[tuple[str, str, str]]:
    """Give meter, quantity and amount of each line item."""
    found = []
    for row in seen.page.locator("table[data-table=lines] tbody tr").all():
        figures = [cell.inner_text() for cell in row.locator("th, td.figure").all()]
        value = row.locator("data").get_attribute("value")
        found.append((figures[0], figures[1].replace(",", ""), value))
    return found


def headline(seen: Visit) -> str | None:
    data = seen.page.locator("#headline data")
    return str(data.get_attribute("value")) if data.count() else None


# ---- the digits are the command line's


@pytest.mark.parametrize("api", APIS)
def test_a_pasted_response_costs_what_the_command_line_says(
    page: Visit, api: str, tmp_path: Path
) -> None:
    text = json.dumps(APIS[api], indent=1)
    (tmp_path / "usage.json").write_text(text, encoding="utf-8")
    show(page, mode="usage")
    page.page.evaluate("document.body.dataset.state = ''")
    page.page.fill("#text", text)
    settled(page)
    own = told("cost", "usage.json", "--lines", "--at", AT, folder=tmp_path)
    assert headline(page) == own["total"]
    assert lines(page) == [(x["meter"], x["quantity"], x["amount"]) for x in own["lines"]]

    for box in dict.fromkeys((*MODELS, *SELLERS)):
        page.page.evaluate("document.body.dataset.state = ''")
        page.page.fill("#search", box)
        page.page.check(f"#models [data-card='{box}']")
        settled(page)
    asked = list(dict.fromkeys((*MODELS, *SELLERS)))
    compared = told("compare", "--at", AT, "--usage", "usage.json", *asked, folder=tmp_path)
    wanted = {o["card"]: o["total"] for o in compared["offers"] if o["total"] is not None}
    assert amounts(page, "comparison") == wanted
    # whose page has no price for a part of it is listed with the reason, and not with an amount
    reasons = {o["card"]: o["reason"] for o in compared["offers"] if o["total"] is None}
    assert len(wanted) + len(reasons) == 4
    assert len(wanted) >= (2 if "anthropic" in api else 4)
    for card, reason in reasons.items():
        assert reason in page.page.inner_text(f"tr[data-card='{card}']")
    assert page.errors == []
    assert page.outside == []


def test_counts_are_compared_as_the_command_line_does(page: Visit) -> None:
    counts = {"input": "12,345", "cache_read": "67,891", "output": "2,345", "requests": "1,007"}
    show(page, mode="counts", model=[*MODELS, SELLERS[1]], meters="cache_write.1h=77", **counts)
    document = told(
        "compare", "--at", AT, "--input", "12345", "--cache-read", "67891", "--output", "2345",
        "--meter", "cache_write.1h=77", "--requests", "1007", *MODELS, SELLERS[1],
    )  # fmt: skip
    wanted = {o["card"]: o["total"] for o in document["offers"] if o["total"] is not None}
    assert wanted
    assert amounts(page, "comparison") == wanted
    assert headline(page) == document["offers"][0]["total"]
    listed = page.page.locator("table[data-table=comparison] tbody tr").evaluate_all(
        "rows => rows.map(row => row.dataset.card)"
    )
    assert listed == [offer["card"] for offer in document["offers"]]
    # the words that the page shows are the words that give it
    shown = page.page.locator("#commands code").first.text_content()
    assert shown.startswith(f"pricing compare --at {AT} --input 12,345 --cache-read 67,891")


def test_a_log_of_ten_megabytes_costs_what_the_command_line_says(
    page: Visit, tmp_path: Path
) -> None:
    path = tmp_path / "log with ünïcode [1].jsonl"
    models = ("claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-4-6", "no-such-model")
    with path.open("w", encoding="utf-8") as out:
        number = 0
        while out.tell() < 10_000_000:
            number += 1
            usage = {"input_tokens": number % 5000, "output_tokens": number % 900,
                     "cache_read_input_tokens": number % 60000}  # fmt: skip
            body = {"id": f"msg_{number}", "type": "message", "usage": usage,
                    "model": models[number % 4 if number % 100 == 3 else number % 3],
                    "content": [{"type": "text", "text": HOSTILE * (number % 7)}]}  # fmt: skip
            at = f"2026-11-{1 + number % 19:02}T{number % 24:02}:00:00Z"
            out.write(json.dumps({"at": at, "response": body}) + "\n")
    show(page, mode="log", at="")
    page.page.evaluate("document.body.dataset.state = ''")
    page.page.set_input_files("#files", path)
    settled(page)
    document = told("cost", path.name, "--by", "model", "--no-cache", folder=tmp_path)
    assert headline(page) == document["total"]
    assert document["lower_bound"]
    assert page.page.inner_text("#headline").startswith("at least")
    rows = page.page.locator("table[data-table=by] tbody tr")
    shown = [
        (row.locator("th").inner_text(), row.locator("data").get_attribute("value"))
        for row in rows.all()
        if row.locator("data").count()
    ]
    wanted = [(g["key"]["model"], g["total"]) for g in document["groups"] if g["total"]]
    assert shown == wanted
    assert len(shown) == 3
    assert "no-such-model" in page.page.inner_text("#results")
    page.page.evaluate("document.body.dataset.state = ''")
    page.page.select_option("#by", "day")
    settled(page)
    by_day = told("cost", path.name, "--by", "day", "--no-cache", folder=tmp_path)
    values = page.page.locator("table[data-table=by] tbody data").evaluate_all(
        "all => all.map(data => data.value)"
    )
    assert values == [group["total"] for group in by_day["groups"]]
    assert page.errors == []
    page.picture("site-log")


def test_a_dropped_file_is_read_and_the_comparison_of_a_log_is_the_command_lines(
    page: Visit, tmp_path: Path
) -> None:
    lines_ = [json.dumps({"at": "2026-11-01T00:00:00Z", "response": body})
              for body in APIS.values() for _ in range(3)]  # fmt: skip
    (tmp_path / "-o.jsonl").write_text("\n".join(lines_), encoding="utf-8")
    show(page, mode="counts", model=SELLERS, input="5", output="5", requests="1")
    for button in page.page.locator("#picked button").all():
        button.dispatch_event("click")
    page.page.evaluate("document.body.dataset.state = ''")
    page.page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], "-o.jsonl"));
          document.getElementById("drop").dispatchEvent(
            new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        "\n".join(lines_),
    )
    settled(page)
    document = told("cost", "./-o.jsonl", "--by", "model", "--at", AT, folder=tmp_path)
    assert headline(page) == document["total"]
    page.page.click("[data-compare]")
    page.page.wait_for_selector("table[data-table=comparison]")
    compared = told("compare", "--at", AT, "--usage", "./-o.jsonl", *SELLERS, folder=tmp_path)
    wanted = {o["card"]: o["total"] for o in compared["offers"] if o["total"] is not None}
    assert wanted
    assert amounts(page, "comparison") == wanted


def test_a_fault_is_told_as_the_command_line_tells_it(page: Visit, tmp_path: Path) -> None:
    text = '{"model": "gpt-5.2",\n "usage": {"prompt_tokens": nope}}'
    (tmp_path / "usage.json").write_text(text, encoding="utf-8")
    import os

    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        answer = site_cases.run(["cost", "usage.json", "--lines", "--at", AT, "--format", "json"])
    finally:
        os.chdir(before)
    show(page, mode="usage", usage=text)
    assert page.page.text_content("#errors pre") == answer["err"].strip()
    assert "usage.json:2:29" in answer["err"]
    assert headline(page) is None


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"model": ["anthropic/claude-sonet-4-6"]}, "Did you mean 'claude-sonnet-4-6'"),
        ({"model": ["-o", MODELS[0]]}, "-o"),
        ({"model": ["--help"]}, "--help"),
        ({"model": [HOSTILE]}, "unknown"),
        ({"model": MODELS, "input": "-5"}, "no count of input"),
        ({"model": MODELS, "input": HOSTILE}, "no count of input"),
        ({"model": MODELS, "meters": "inputt=5"}, "Did you mean 'input'"),
        ({"model": MODELS, "at": "--cards=/"}, "--at"),
        ({"model": MODELS, "currency": "XXX"}, "XXX"),
        ({"mode": "usage", "usage": json.dumps({"model": HOSTILE, "usage": {"input_tokens": 1}})},
         "alert"),
    ],
)  # fmt: skip
def test_a_wrong_or_hostile_link_is_an_error_and_never_a_price(
    page: Visit, state: dict[str, Any], says: str
) -> None:
    show(page, **({"mode": "counts", "input": "5", "output": "5"} | state))
    assert headline(page) is None
    if says == "alert":
        says = "window.hit"
    assert says in " ".join(page.page.inner_text("section >> nth=2").split())
    assert page.page.evaluate("window.hit") is None
    assert page.page.locator("#results script, #results img, #chosen img, #errors img").count() == 0
    assert "\u202e" not in page.page.inner_text("body")
    assert page.errors == []


def test_what_the_engine_cannot_bear_does_not_end_it(chromium: Any, address: str) -> None:
    with visit(chromium, address) as seen:
        ready(seen)
        show(seen, mode="usage")
        for text, is_fine in (("[" * 50_000, False), (json.dumps(APIS["openai chat"]), True)):
            seen.page.evaluate("document.body.dataset.state = ''")
            seen.page.fill("#text", text)
            settled(seen)
            assert (headline(seen) is not None) == is_fine
            assert ("The engine stopped" in seen.page.inner_text("#errors")) != is_fine
        assert seen.outside == []


# ---- links


def test_a_link_holds_the_state_and_sends_it_to_nobody(
    page: Visit, chromium: Any, address: str
) -> None:
    show(page, mode="usage", usage=json.dumps(APIS["gemini"]), model=SELLERS)
    page.page.click("#share")
    link = page.page.input_value("#link")
    assert link.startswith(f"{address}#")
    wanted = (headline(page), amounts(page, "comparison"), lines(page))
    with visit(chromium, address) as other:
        asked: list[str] = []
        other.page.on("request", lambda request: asked.append(request.url))
        other.page.goto("about:blank")
        other.page.goto(link)
        ready(other)
        settled(other)
        assert (headline(other), amounts(other, "comparison"), lines(other)) == wanted
        assert all(url.startswith(address) for url in asked)
        assert not any("usageMetadata" in url.partition("#")[0] for url in asked)
        other.page.click("#share")
        assert other.page.input_value("#link") == link
        assert other.errors == []


@pytest.mark.parametrize("odd", ["#v=2&model=x", "#%", "#v=1&mode=<b>", "#" + "v=1&" * 50_000])
def test_an_odd_fragment_does_no_harm(chromium: Any, address: str, odd: str) -> None:
    with visit(chromium, address + odd) as seen:
        seen.page.wait_for_selector("#calculator:not([hidden])")
        assert seen.page.locator("#models tbody tr").count() == 12
        assert seen.errors == []


# ---- the page itself


def test_the_list_works_before_the_engine_does(chromium: Any, address: str) -> None:
    with visit(chromium, address) as seen:
        seen.page.route("**/pyodide/**", lambda route: route.abort())
        seen.page.reload()
        seen.page.fill("#search", "sonnet-4-6")
        row = seen.page.locator("#models tbody tr").first
        assert row.inner_text().split()[:5] == ["claude-sonnet-4-6", "anthropic", "3", "0.3", "15"]
        seen.page.wait_for_selector("#engine.failed")
        assert "could not start" in seen.page.inner_text("#engine")


def test_a_models_prices_history_and_sources_are_shown(page: Visit) -> None:
    show(page, mode="counts")
    page.page.fill("#search", "anthropic/claude-sonnet-4-6")
    page.page.click("#models tbody button >> nth=0")
    page.page.wait_for_selector("#detail dl")
    text = page.page.inner_text("#detail")
    assert "https://platform.claude.com/docs/en/about-claude/pricing, 2026-08-21" in text
    assert "Long-context surcharge withdrawn." in text
    rows = page.page.locator("#detail tbody tr").all_inner_texts()
    assert re.split(r"\t|\n", rows[0].strip())[0] == "input"
    assert page.page.locator("#detail svg.history").count() == 1
    assert page.axe() == []
    page.picture("site-detail")
    page.page.click("#detail >> text=/Compare all \\d+ sellers/")
    assert page.page.locator("#chosen li").count() > 10
    settled(page)


def test_a_keyboard_is_enough(page: Visit) -> None:
    show(page, mode="counts", input="1000", output="10", requests="1")
    keys = page.page.keyboard
    page.page.fill("#search", "openai/gpt-5.2")
    page.page.focus("#models tbody input >> nth=0")
    page.page.evaluate("document.body.dataset.state = ''")
    keys.press("Space")
    settled(page)
    assert headline(page) == told("compare", "openai/gpt-5.2", "--input", "1000", "--output",
                                  "10", "--at", AT)["offers"][0]["total"]  # fmt: skip
    keys.press("Tab")
    keys.press("Enter")
    page.page.wait_for_selector("#detail[open] dl")
    keys.press("Escape")
    page.page.wait_for_selector("#detail:not([open])", state="attached")


@pytest.mark.parametrize(
    ("name", "size", "colour", "media"),
    [
        ("desktop", DESKTOP, "light", "screen"),
        ("dark", DESKTOP, "dark", "screen"),
        ("phone", PHONE, "light", "screen"),
        ("phone-dark", PHONE, "dark", "screen"),
        ("print", DESKTOP, "light", "print"),
    ],
)
def test_the_page_is_fit_to_be_seen(
    chromium: Any, address: str, name: str, size: tuple[int, int], colour: str, media: str
) -> None:
    text = json.dumps(APIS["anthropic messages"], indent=1)
    state = urlencode(
        {"v": "1", "mode": "usage", "usage": text, "model": [*MODELS, SELLERS[1]], "at": AT}, True
    )
    with visit(chromium, f"{address}#{state}", size, colour=colour, media=media) as seen:
        ready(seen)
        settled(seen)
        assert headline(seen) is not None
        assert seen.faults() == []
        seen.picture(f"site-{name}")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_without_scripts_every_price_can_be_read(
    chromium: Any, address: str, size: tuple[int, int]
) -> None:
    with visit(chromium, address, size, script=False) as seen:
        assert seen.page.locator("#calculator").is_hidden()
        assert seen.overflow() == []
        seen.page.click("section a >> text=Anthropic")
        row = seen.page.locator("tbody tr", has_text="claude-sonnet-4-6").first.inner_text()
        assert row.split() == ["claude-sonnet-4-6", "3", "0.3", "15", "2026-03-13", "2026-08-21"]
        assert seen.overflow() == []
        assert seen.errors == []
        seen.picture(f"site-seller-{size[0]}")
    with visit(chromium, f"{address}sellers/bytespike.html", size) as seen:
        assert seen.axe() == []
