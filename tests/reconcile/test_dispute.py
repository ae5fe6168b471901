"""Dispute packs: to each seller what is its own, and to nobody else."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.cli import main

Write = Callable[[str, str], str]
EXAMPLES = Path(__file__).parents[2] / "examples"
LOG = str(EXAMPLES / "usage.jsonl")


def focus(capsys: pytest.CaptureFixture[str], *dearer: tuple[str, str, str]) -> str:
    """Give our own costs as FOCUS, a seller's model billed at a multiple: seller, model, factor."""
    assert main(["cost", LOG, "--format", "focus"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    for row in rows:
        for seller, model, factor in dearer:
            if row["ProviderName"] == seller and f'"{model}"' in row["SkuPriceDetails"]:
                row["BilledCost"] = str(Decimal(row["BilledCost"]) * Decimal(factor))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_each_seller_of_a_bill_gets_its_own_claims_alone(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = focus(
        capsys, ("Anthropic", "claude-opus-5-5", "1.3"), ("ByteSpike", "claude-haiku-4-5", "1.7")
    )
    bill = write("bill.csv", text)
    folder = tmp_path / "packs"
    assert main(["reconcile", bill, "--usage", LOG, "--dispute", str(folder), "--quiet"]) == 1
    capsys.readouterr()
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["anthropic.csv", "anthropic.md", "bytespike.csv", "bytespike.md"]
    for name, other in (("anthropic", "bytespike"), ("bytespike", "anthropic")):
        letter = (folder / f"{name}.md").read_text(encoding="utf-8")
        assert f"Claim to {name}: " in letter
        assert f"{other}/" not in letter
        cells = csv.DictReader((folder / f"{name}.csv").read_text(encoding="utf-8").splitlines())
        assert all(f"/{name}/" in cell["cell"] for cell in cells)


def test_a_pack_is_named_whatever_the_seller_is_called(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = write("bill.csv", "day,model,cost\n2026-11-20,claude-haiku-4-5,0.003664\n")
    names = write("map.yaml", "{name: 某公司, amount: cost, day: day, model: model,"
                  " fixed: {currency: USD}}\n")  # fmt: skip
    log = write("log.jsonl", "".join(
        line for line in (EXAMPLES / "usage.jsonl").read_text(encoding="utf-8").splitlines(True)
        if '"bytespike"' in line and "haiku" in line
    ))  # fmt: skip
    folder = tmp_path / "packs"
    words = ["reconcile", bill, "--map", names, "--usage", log, "--dispute", str(folder)]
    assert main(words) == 1
    assert all(not path.name.startswith(".") for path in folder.iterdir())


def test_a_file_is_no_folder_for_packs(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bill = str(EXAMPLES / "bytespike-statement.json")
    taken = write("letter.md", "mine")
    assert main(["reconcile", bill, "--usage", LOG, "--dispute", taken]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "is a file" in " ".join(shown.err.split())
    assert Path(taken).read_text(encoding="utf-8") == "mine"
