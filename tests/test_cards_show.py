"""``pricing cards show``: a price history that fits into 80 columns, whatever the card holds."""

from __future__ import annotations

from cardbooks import book_of
from transcripts import FILES, ROOT, run_here

from pricing.catalog import Catalog, load_catalog
from pricing.cli.cards_show import show_report
from pricing.instants import instant
from pricing.render import report_text

METERS = (
    *("input", "input.audio", "input.image", "cache_read", "cache_read.audio", "cache_write.5m"),
    *("cache_write.1h", "output", "output.reasoning", "output.audio", "output.image"),
)


def shown(revisions: str, at: str = "2026-06-01") -> str:
    words = (ROOT / "ratecards" / "vocabulary.yaml").read_text("utf-8")
    card = f"model: one\nprovider: maker\nrevisions:\n{revisions}"
    files = {"vocabulary.yaml": words, "maker/provider.yaml": "provider: maker\ncurrency: USD\n"}
    catalog = Catalog(book_of({**files, "maker/one.yaml": card}))
    return report_text(show_report(catalog.book.card("maker/one"), catalog, instant(at)), "table")


def revision(day: str, price: str, checked: str, more: str = "") -> str:
    return (
        f'  - effective: {day}\n    sources: [{{url: "https://example.org/{day}", checked: '
        f"{checked}}}]\n    rates: [{{per: 1_000_000 token, price: {{{price}}}}}]\n{more}"
    )


def test_a_card_of_many_meters_is_shown_in_several_tables() -> None:
    prices = ", ".join(f"{meter}: {n + 1}.25" for n, meter in enumerate(METERS))
    text = shown(revision("2026-01-01", prices, "2026-05-01"))
    assert max(map(len, text.splitlines())) <= 80
    for number, meter in enumerate(METERS):
        assert meter in text
        assert f"{number + 1}.25" in text


def test_every_shipped_card_fits_but_for_its_addresses() -> None:
    catalog = load_catalog()
    for card in catalog.cards():
        text = report_text(show_report(card, catalog, instant("2026-11-20")), "table")
        wide = [row for row in text.splitlines() if len(row) > 80 and "://" not in row]
        assert not [row for row in wide if "/" not in row], card.name


def test_each_revision_has_its_own_pages_and_days() -> None:
    text = shown(revision("2026-03-01", "input: 2", "2026-03-02", "    note: Cheaper.\n")
                 + revision("2026-01-01", "input: 3", "2026-01-05"))  # fmt: skip
    assert text.endswith(
        "2026-03-01  Cheaper.\n"
        "            https://example.org/2026-03-01\n"
        "              checked 2026-03-02\n"
        "2026-01-01  https://example.org/2026-01-01\n"
        "              checked 2026-01-05\n"
    )


def test_the_price_is_that_of_the_day_that_is_asked_for() -> None:
    revisions = revision("2026-03-01", "input: 2", "2026-02-01") + revision(
        "2026-01-01", "input: 3", "2026-01-05", "    until_at_least: 2026-02-28\n"
    )
    before, after = shown(revisions, "2026-02-28"), shown(revisions, "2026-03-01")
    assert before.startswith("maker/one: input 3.00 USD, revision 2026-01-01\n")
    assert after.startswith("maker/one: input 2.00 USD, revision 2026-03-01\n")
    assert "2026-03-01 announced  " in before
    assert "not checked since" in after
    assert "to 2026-02-28" in before


def test_a_word_before_the_first_price_tells_that_there_is_none() -> None:
    words = ["cards", "show", "claude-sonnet-4-6", "--at", "2025-01-01"]
    assert run_here(words, FILES)[0].startswith("anthropic/claude-sonnet-4-6: not yet\n")
