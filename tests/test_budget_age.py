"""A price is as old as the oldest thing that it rests on: a followed card, a term, a contract …

Today is 2026-11-20; 90 days before it was 2026-08-22.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from budget_files import judged, verdicts

FRESH, OLD, OLDER = "2026-11-01", "2026-08-22", "2026-08-21"


def looked(on: str) -> str:
    return f"sources: [{{url: 'https://example.org/prices', checked: {on}}}]"


def cards(folder: Path, more: str = "", **days: str) -> None:
    """Write two sellers' cards; each thing was looked at on its day, else lately."""

    def on(name: str) -> str:
        return looked(days.get(name, FRESH))

    own = folder / "cards"
    for name in ("maker", "shop", "contracts"):
        (own / name).mkdir(parents=True)
    (own / "calendars.yaml").write_text(
        f"rush: {{clock: UTC, hours: ['09:00-12:00'], {on('window')}}}\n"
    )
    (own / "maker" / "provider.yaml").write_text(
        "provider: maker\ncurrency: USD\nterms:\n"
        "  tenth:\n"
        f"    - effective: 2026-02-01\n      {on('term')}\n"
        "      modifiers: [{name: tenth, when: {service_tier: batch}, multiply: 0.1}]\n"
        f"    - effective: 2026-01-01\n      {looked('2026-01-01')}\n"
        "      modifiers: [{name: tenth, when: {service_tier: batch}, multiply: 0.2}]\n"
        "  search:\n"
        f"    - effective: 2026-01-01\n      {on('fee')}\n"
        "      rates: [{per: 1_000 search, price: {web_search: 10}}]\n"
    )
    (own / "maker" / "m1.yaml").write_text(
        "model: m1\nprovider: maker\nrevisions:\n"
        f"  - effective: 2026-01-01\n    {on('card')}\n"
        "    terms: [tenth, search]\n"
        "    rates:\n      - per: 1_000_000 token\n        price:\n"
        "          input: 1\n          output: 2\n"
    )
    (own / "maker" / "m2.yaml").write_text(
        "model: m2\nprovider: maker\nrevisions:\n"
        f"  - effective: 2026-01-01\n    {looked(FRESH)}\n"
        "    rates:\n      - per: 1_000_000 token\n        price:\n"
        "          input: 1\n          output: 2\n"
        "    modifiers: [{name: rush, when: {during.rush: 'yes'}, multiply: 2}]\n"
    )
    # a floor is a line without a rate
    (own / "shop" / "provider.yaml").write_text(
        "provider: shop\ncurrency: USD\nsells: resale\nper_request: {floor: 0.01}\n"
    )
    (own / "shop" / "m1.yaml").write_text(
        "model: m1\nprovider: shop\npublisher: maker\nrevisions:\n"
        f"  - effective: 2026-01-01\n    {on('follower')}\n"
        "    follows: [{card: maker/m1, meters: [input, output], keep: [tenth], multiply: 1.5}]\n"
    )
    if "contract" in days:
        (own / "contracts" / "acme.yaml").write_text(
            "contract: acme\ncards: [maker/m2]\nrevisions:\n"
            f"  - effective: 2026-01-01\n    {on('contract')}\n"
            "    modifiers: [{name: acme, multiply: 0.5}]\n"
        )


BUDGET = """
version: 1
prices: {{cards: [cards], stale_after: 90 days}}
scenarios:
  chat:
    model: {model}
    seller: {seller}
    calls: {{per_day: 10}}
    usage: {{inline: {{input: 1_000, output: 100{more}}}}}
    attributes: {{service_tier: {tier}}}
budgets:
  - {{id: month, limit: 1_000 USD}}
"""


@pytest.mark.parametrize(
    ("thing", "told", "given"),
    [
        ("card", "the card maker/m1 was", {}),
        ("term", "the term 'tenth' of maker was", {"tier": "batch"}),
        ("fee", "the term 'search' of maker was", {"more": ", web_search: 1"}),
        ("card", "the card maker/m1 was", {"seller": "shop"}),
        ("follower", "the card shop/m1 was", {"seller": "shop"}),
        ("term", "the term 'tenth' of maker was", {"seller": "shop", "tier": "batch"}),
        ("window", "the time window rush was", {"model": "m2"}),
        ("contract", "the contract acme was", {"model": "m2"}),
    ],
)
def test_a_price_is_as_old_as_the_oldest_thing_that_it_rests_on(
    tmp_path: Path, thing: str, told: str, given: dict[str, str]
) -> None:
    values = {"model": "m1", "seller": "maker", "more": "", "tier": "standard", **given}
    (tmp_path / "budget.yaml").write_text(BUDGET.format(**values))
    for day, verdict, status in ((OLD, "pass", 0), (OLDER, "cannot judge", 3)):
        if (tmp_path / "cards").exists():
            (tmp_path / "cards").rename(tmp_path / "before")
        cards(tmp_path, **{thing: day})
        document, said, found = judged(tmp_path)
        assert (verdicts(document), found) == ({"month": verdict}, status), said
        assert (told in said) == bool(status)
    assert f"{told} last checked on 2026-08-21, 91 days ago; stale after 90" in " ".join(
        said.split()
    )
    assert "budget.yaml:3:" in said


@pytest.mark.parametrize(
    ("thing", "given"),
    [
        ("term", {}),
        ("fee", {"tier": "batch"}),
        ("follower", {}),
        ("window", {}),
        ("contract", {}),
    ],
)
def test_what_a_price_does_not_rest_on_may_be_old(
    tmp_path: Path, thing: str, given: dict[str, str]
) -> None:
    values = {"model": "m1", "seller": "maker", "more": "", "tier": "standard", **given}
    (tmp_path / "budget.yaml").write_text(BUDGET.format(**values))
    cards(tmp_path, **{thing: "2026-01-01"})
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "pass"}, 0), said


def test_what_nobody_ever_looked_at_is_not_judged_by(tmp_path: Path) -> None:
    values = {"model": "m2", "seller": "maker", "more": "", "tier": "standard"}
    (tmp_path / "budget.yaml").write_text(BUDGET.format(**values))
    cards(tmp_path, contract=FRESH)
    contract = tmp_path / "cards" / "contracts" / "acme.yaml"
    contract.write_text(contract.read_text().replace(f"    {looked(FRESH)}\n", ""))
    document, said, status = judged(tmp_path)
    assert (verdicts(document), status) == ({"month": "cannot judge"}, 3)
    assert "the contract acme was never checked; stale after 90 days" in said
