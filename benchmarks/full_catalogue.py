"""A catalogue of full size: made-up sellers whose cards are copies of shipped ones.

    python benchmarks/full_catalogue.py OUT

Text for text but for the names, so that it grows as the shipped cards do. The shipped cards
stand in it too.
"""

from __future__ import annotations

import re
import shutil
import sys
from itertools import cycle
from pathlib import Path

SHIPPED = Path(__file__).parents[1] / "ratecards"
#: whose cards are copied
PATTERN = "anthropic"
SELLERS = 20
#: Cards of the largest seller; those of the k-th are a k-th of it.
LARGEST = 420


def sizes(sellers: int = SELLERS, largest: int = LARGEST) -> list[int]:
    """Give the number of cards of each seller, largest first: few are large, as elsewhere."""
    return [max(1, largest // place) for place in range(1, sellers + 1)]


def write_catalogue(
    out: Path, shipped: Path = SHIPPED, sellers: int = SELLERS, largest: int = LARGEST
) -> int:
    """Write the shipped cards and those of made-up sellers, and give how many there are."""
    shutil.copytree(shipped, out, dirs_exist_ok=True)
    cards = {path.stem: path.read_text("utf-8") for path in (shipped / PATTERN).glob("*.yaml")}
    provider = cards.pop("provider")
    # the largest first: the provider's order of clauses names some that one card alone has
    ordered = sorted(cards.items(), key=lambda card: (-len(card[1]), card[0]))
    for number, size in enumerate(sizes(sellers, largest), start=1):
        seller = seller_name(number)
        folder = out / seller
        folder.mkdir(parents=True)
        (folder / "provider.yaml").write_text(_renamed(provider, seller), "utf-8")
        for turn, (name, text) in zip(range(size), cycle(ordered), strict=False):
            ending = f"-{seller}-{turn // len(cards)}"
            (folder / f"{name}{ending}.yaml").write_text(_renamed(text, seller, ending), "utf-8")
    return sum(1 for path in out.glob("*/*.yaml") if path.name != "provider.yaml")


def seller_name(number: int) -> str:
    """Give the name of a made-up seller; 1 is the largest."""
    return f"seller-{number:02}"


def copy_of(model: str, seller: str) -> str:
    """Give the id of the first copy of a shipped model at a made-up seller."""
    return f"{model}-{seller}-0"


def _renamed(text: str, seller: str, ending: str = "") -> str:
    """Put the seller, and the ending of all its ids, into a card or provider file."""
    text = re.sub(r"^(provider|publisher|title): .*$", rf"\1: {seller}", text, flags=re.MULTILINE)
    text = re.sub(r"^model: (\S+)", rf"model: \g<1>{ending}", text, flags=re.MULTILINE)
    # an id form belongs to one seller
    text = re.sub(r"^ids:.*\n(?:[ -].*\n)*", "", text, flags=re.MULTILINE)
    return re.sub(
        r"^aliases: \[(.*)\]",
        lambda match: f"aliases: [{', '.join(a.strip() + ending for a in match[1].split(','))}]",
        text,
        flags=re.MULTILINE,
    )


if __name__ == "__main__":
    print(write_catalogue(Path(sys.argv[1])), "cards")
