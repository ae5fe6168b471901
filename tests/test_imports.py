"""Overlays from public price tables: exact, marked, and nothing dropped in silence.

tests/cli/files/tables holds real entries of the published files, without keys that hold no price:
litellm's and genai-prices' as stored on GitHub, models.dev's and OpenRouter's as others quote them.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from transcripts import run_here

from pricing.catalog import Catalog, load_catalog
from pricing.errors import UsageError
from pricing.findings import findings
from pricing.imports import READERS, read_table
from pricing.imports.crosscheck import crosscheck
from pricing.imports.offer import Table
from pricing.imports.overlay import files, overlay, write
from pricing.instants import instant

TABLES = Path(__file__).parent / "cli" / "files" / "tables"
DAY = "2026-11-14"


def table(name: str) -> Table:
    return read_table(str(TABLES / f"{name}.json"))


@pytest.fixture(scope="module")
def base() -> Catalog:
    """Give the vocabulary alone, so that no shipped card keeps a model out."""
    from cardbooks import book_of

    words = (Path(__file__).parents[1] / "ratecards" / "vocabulary.yaml").read_text("utf-8")
    return Catalog(book_of({"vocabulary.yaml": words}))


@pytest.fixture(scope="module", params=list(READERS))
def laid(request: pytest.FixtureRequest, base: Catalog, tmp_path_factory: pytest.TempPathFactory) \
        -> Catalog:  # fmt: skip
    """Give the catalogue of one table's overlay."""
    return catalog_of(request.param, base, tmp_path_factory.mktemp("overlay"))


def catalog_of(name: str, base: Catalog, folder: Path) -> Catalog:
    words = Path(__file__).parents[1] / "ratecards" / "vocabulary.yaml"
    (folder / "vocabulary.yaml").write_text(words.read_text("utf-8"), "utf-8")
    write(str(folder), files(overlay(table(name), base, DAY)))
    return load_catalog(folder, shipped=False)


@pytest.mark.parametrize("name", list(READERS))
def test_a_table_is_known_by_its_content(name: str) -> None:
    assert table(name).name == name


def test_every_line_says_that_it_is_unverified(laid: Catalog) -> None:
    for card in laid.cards():
        for revision in card.revisions:
            assert revision["unverified"] is True
            assert revision["dated"] == "observed"
            assert revision["sources"][0]["checked"] == DAY


def test_a_floats_text_is_the_price() -> None:
    """3e-06 a token is 3 a million; 2.9999900000000002e-06 is what the file says, noise and all."""
    prices = {o.model: {p.meter: p.value * 1_000_000 for p in o.prices}
              for o in table("litellm").offers}  # fmt: skip
    assert prices["claude-sonnet-4-5"]["input"] in (Decimal(3), Decimal(6))
    assert prices["databricks-claude-3-7-sonnet"]["input"] == Decimal("2.9999900000000002")


def rates_of(catalog: Catalog, name: str) -> dict[tuple[str, str], str]:
    """Give every price of a card's one revision by meter and condition."""
    card = catalog.book.card(name)
    clauses = card.provider.clauses(card.revisions[0], card.file)
    return {(r.meter, str(r.when)): f"{r.tiers[0][1]:f} per {r.per:f}" for r in clauses.rates}


def test_litellm_service_tiers_and_thresholds_exclude_each_other(
    base: Catalog, tmp_path: Path
) -> None:
    catalog = catalog_of("litellm", base, tmp_path)
    found = rates_of(catalog, "openai/gpt-5.6")
    short, long = "context_tokens <= 272,000", "context_tokens > 272,000"
    assert found["input", f"service_tier: standard, {short}"] == "5 per 1000000"
    assert found["output", f"service_tier: standard, {long}"] == "45 per 1000000"
    assert found["cache_write", f"service_tier: flex, {short}"] == "3.125 per 1000000"
    assert found["output", f"service_tier: priority, {short}"] == "60 per 1000000"
    assert ("cache_read", f"service_tier: batch, {short}") not in found
    assert not [when for _, when in found if "priority" in when and ">" in when]


def test_litellm_combinations_are_kept_where_they_are_stated(base: Catalog, tmp_path: Path) -> None:
    found = rates_of(catalog_of("litellm", base, tmp_path), "google-aistudio/gemini-3-pro-preview")
    long = "context_tokens > 200,000"
    assert found["output", f"service_tier: priority, {long}"] == "32.4 per 1000000"
    assert found["grounding_query", ""] == "14 per 1000"


def test_litellm_cache_writes_have_their_time_to_live(base: Catalog, tmp_path: Path) -> None:
    found = rates_of(catalog_of("litellm", base, tmp_path), "anthropic/claude-sonnet-4-5")
    short, long = "context_tokens <= 200,000", "context_tokens > 200,000"
    assert found["cache_write.5m", short] == "3.75 per 1000000"
    assert found["cache_write.1h", short] == "6 per 1000000"
    assert found["cache_write.5m", long] == "7.5 per 1000000"
    assert found["cache_write.1h", long] == "12 per 1000000"
    assert found["web_search", ""] == "10 per 1000"


def test_litellm_ranges_of_input_are_ranges(base: Catalog, tmp_path: Path) -> None:
    found = rates_of(catalog_of("litellm", base, tmp_path), "alibaba/qwen3-max")
    assert found["input", "context_tokens <= 32,000"] == "1.2 per 1000000"
    assert found["input", "context_tokens > 32,000 and <= 128,000"] == "2.4 per 1000000"
    assert found["output", "context_tokens > 128,000 and <= 252,000"] == "15 per 1000000"


def test_what_has_no_meter_is_listed_with_its_count() -> None:
    skipped = {(s.field, s.reason): s.count for s in table("litellm").skipped}
    assert skipped == {
        ("(entry)", "the id holds a size or a number of steps"): 2,
        ("input_dbu_cost_per_token", "no meter of ours"): 2,
        ("output_dbu_cost_per_token", "no meter of ours"): 2,
        ("regional_processing_uplift_multiplier_eu", "no meter of ours"): 1,
        ("regional_processing_uplift_multiplier_us", "no meter of ours"): 1,
        ("search_context_cost_per_query", "unit unknown: a prompt or a query"): 1,
    }


def test_every_number_of_litellm_is_a_price_or_listed() -> None:
    """No field that holds money is passed over: those without one are named in the reader."""
    from pricing.imports.litellm import _OTHER

    content = json.loads((TABLES / "litellm.json").read_text("utf-8"), parse_float=Decimal)
    read = table("litellm")
    fields = {p.field for o in read.offers for p in o.prices} | {s.field for s in read.skipped}
    for key, entry in content.items():
        if key == "sample_spec" or "-x-" in key:
            continue
        for field in entry:
            assert field in fields or _OTHER.fullmatch(field) or field == "tiered_pricing", field


def test_genai_prices_dates_and_tiers(base: Catalog, tmp_path: Path) -> None:
    catalog = catalog_of("genai-prices", base, tmp_path)
    card = catalog.book.card("anthropic/claude-sonnet-4-6")
    assert [r["effective"] for r in card.revisions] == [instant("2026-03-13")]
    assert rates_of(catalog, card.name)["input", ""] == "3 per 1000000"
    found = rates_of(catalog, "aws-bedrock/global.anthropic.claude-opus-4-6-v1:0")
    assert found["output", "context_tokens > 200,000"] == "37.5 per 1000000"
    assert found["output", "context_tokens <= 200,000"] == "25 per 1000000"
    assert rates_of(catalog, "aws-bedrock/amazon.nova-2-sonic-v1:0")["output.audio", ""].startswith(
        "12 "
    )
    assert catalog.book.card("anthropic/claude-opus-4").name == "anthropic/claude-opus-4-0"


def test_a_former_price_without_its_first_day_is_listed(base: Catalog) -> None:
    read = table("genai-prices")
    overlay(read, base, DAY)
    assert ("(former prices)", "no first day", 1) in [
        (s.field, s.reason, s.count) for s in read.skipped
    ]


def test_a_price_that_starts_later_is_announced(base: Catalog) -> None:
    made = overlay(table("genai-prices"), base, "2026-03-01")
    revisions = made.cards["anthropic", "claude-sonnet-4-6"]["revisions"]
    assert [r["effective"] for r in revisions] == [instant("2026-03-13"), instant("2026-03-01")]


def test_models_dev_thresholds_are_those_of_its_tiers(base: Catalog, tmp_path: Path) -> None:
    catalog = catalog_of("models.dev", base, tmp_path)
    found = rates_of(catalog, "openai/gpt-5.5")
    assert found["input", "context_tokens > 272,000"] == "10 per 1000000"
    assert found["input", "context_tokens <= 272,000"] == "5 per 1000000"
    # its context_over_200k has no threshold of its own: above 200,000 the card says nothing
    assert set(rates_of(catalog, "xai/grok-4.6")) == {
        (meter, "context_tokens <= 200,000") for meter in ("input", "output", "cache_read")
    }
    assert rates_of(catalog, "xai/grok-build-0.1")["cache_read", ""] == "2 per 1000000"


def test_openrouters_thresholds_include_their_first_token(base: Catalog, tmp_path: Path) -> None:
    found = rates_of(catalog_of("openrouter", base, tmp_path), "openrouter/moonshotai/kimi-k3")
    assert found["input", "context_tokens > 249,999"] == "6 per 1000000"
    assert found["input", "context_tokens <= 249,999"] == "3 per 1000000"
    # the override names no cache price: above it there is none
    assert ("cache_read", "context_tokens > 249,999") not in found


def test_openrouters_minus_1_and_0_are_no_prices(base: Catalog, tmp_path: Path) -> None:
    catalog = catalog_of("openrouter", base, tmp_path)
    assert "openrouter/auto" not in [card.model for card in catalog.cards()]
    found = rates_of(catalog, "openrouter/microsoft/phi-4-multimodal-instruct")
    assert {meter for meter, _ in found} == {"input", "output", "cache_read", "cache_write"}


def test_a_stated_0_is_a_price_with_a_finding(base: Catalog, tmp_path: Path) -> None:
    catalog = catalog_of("models.dev", base, tmp_path)
    found = findings(catalog, catalog.cards(), instant(DAY))
    zeros = [f.what for f in found if f.kind.name == "unverified_zero"]
    assert zeros == [f"{m} costs 0" for m in ("input", "output", "cache_read", "cache_write")]


def test_a_reseller_never_becomes_the_maker(laid: Catalog) -> None:
    sold = {card.name: card.publisher for card in laid.cards()}
    makers = {"anthropic", "openai", "xai", "alibaba", "google-aistudio"}
    for name, publisher in sold.items():
        seller = name.partition("/")[0]
        assert publisher != seller or seller in makers, name


@pytest.mark.parametrize("name", list(READERS))
def test_what_a_card_has_already_stays_as_it_is(name: str, tmp_path: Path) -> None:
    catalog = load_catalog()
    made = overlay(table(name), catalog, DAY)
    for seller, model in made.cards:
        assert model not in catalog.book.index.get(seller, {"models": {}})["models"]
    assert not set(made.sellers) & set(catalog.book.index)


def test_a_table_is_written_the_same_twice(base: Catalog) -> None:
    assert files(overlay(table("litellm"), base, DAY)) == files(
        overlay(table("litellm"), base, DAY)
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "not JSON"),
        ('{"a": NaN}', "not JSON"),
        ("{}", "no price table"),
        ("[]", "no price table"),
        ('{"data": [{"pricing": {}}]}', "not a file of openrouter as we know it"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=what):
        read_table(str(path))


@pytest.mark.parametrize("value", ["-1", "1e400", '"x"', "true", "null", "[]", "1e-400"])
def test_a_number_that_is_no_price_is_listed(value: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    entry = f'{{"m": {{"litellm_provider": "p", "input_cost_per_token": {value}}}}}'
    path.write_text(entry, "utf-8")
    read = read_table(str(path))
    assert [(s.field, s.reason) for s in read.skipped] == [("input_cost_per_token", "no number")]
    assert read.offers[0].prices == []


def import_here(folder: Path, *more: str) -> tuple[str, str, int]:
    words = ["cards", "import", "litellm", str(TABLES / "litellm.json"), "-o", str(folder)]
    return run_here([*words, "--as-of", DAY, *more], TABLES)


def test_the_command_makes_an_overlay_that_prices_usage(tmp_path: Path) -> None:
    folder = tmp_path / "unverified"
    assert import_here(folder, "--seller", "cerebras")[2] == 0
    assert sorted(p.name for p in folder.rglob("*.yaml")) == [
        "gpt-oss-120b.yaml",
        "provider.yaml",
        "zai-glm-4.6.yaml",
    ]
    words = ["explain", "cerebras/gpt-oss-120b", "--input", "1000000", "--output", "1000000"]
    printed, _, status = run_here(
        [*words, "--at", DAY, "--cards", str(folder), "--format", "json"], TABLES
    )
    assert status == 0
    lines = json.loads(printed)["usages"][0]["lines"]
    assert [line["amount"] for line in lines] == ["0.35", "0.75"]
    assert all("unverified" in line["assumptions"] for line in lines)


def test_a_folder_that_holds_something_is_kept(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    assert import_here(tmp_path)[2] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("word", ["--as-of", "-o"])
def test_day_and_folder_must_be_given(word: str, tmp_path: Path) -> None:
    words = ["cards", "import", "litellm", "x.json", "-o", str(tmp_path / "o"), "--as-of", DAY]
    at = words.index(word)
    del words[at : at + 2]
    assert run_here(words, TABLES)[2] == 2


ODD = [None, True, [], {}, "", "x", "-1", -1, 0, "2026-99-01", "\n", "a\u202e", "../..", 10**30]


def places(value: object, place: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [place] if place else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) \
        if isinstance(value, list) else ()  # fmt: skip
    for key, inner in pairs:
        found += places(inner, (*place, key))
    return found


@pytest.mark.parametrize("name", list(READERS))
def test_a_damaged_table_is_refused_or_gives_cards_that_load(
    name: str, base: Catalog, tmp_path: Path
) -> None:
    content = json.loads((TABLES / f"{name}.json").read_text("utf-8"))
    path, shipped = tmp_path / "x.json", load_catalog()
    words = Path(__file__).parents[1] / "ratecards" / "vocabulary.yaml"
    random = Random(name)
    read = 0
    for number in range(40):
        damaged = json.loads(json.dumps(content))
        *outer, last = random.choice(places(damaged))
        inner = damaged
        for key in outer:
            inner = inner[key]
        inner[last] = random.choice(ODD)
        path.write_text(json.dumps(damaged), "utf-8")
        try:
            found = read_table(str(path))
        except UsageError:
            continue
        crosscheck(found, shipped, instant(DAY))
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "vocabulary.yaml").write_text(words.read_text("utf-8"), "utf-8")
        write(str(folder), files(overlay(found, base, DAY)))
        load_catalog(folder, shipped=False)
        read += 1
    assert read > 20
