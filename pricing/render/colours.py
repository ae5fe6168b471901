"""The colours of pages and charts."""

from __future__ import annotations

#: name -> the colour on light paper and on dark paper; HTML pages have the same ones
COLOURS = {
    "paper": ("#ffffff", "#14171b"),
    "ink": ("#1b1f24", "#e4e8ec"),
    "faint": ("#59636e", "#9aa4af"),
    "line": ("#d4d9df", "#363c44"),
    "track": ("#e3e7eb", "#2a3037"),
    "good": ("#116329", "#57c26a"),
    "bad": ("#b3151f", "#ff7b72"),
    "rest": ("#7c8691", "#868f99"),
    # Okabe and Ito's colours, which most colour-blind people tell apart, for either paper
    "c0": ("#0072b2", "#56b4e9"),
    "c1": ("#d55e00", "#e69f00"),
    "c2": ("#009e73", "#2fc79b"),
    "c3": ("#a8518a", "#e39ac8"),
    "c4": ("#6b5b00", "#f0e442"),
    "c5": ("#444444", "#bbbbbb"),
}
