"""Compare models, sellers and ways to send the same work."""

from __future__ import annotations

from pricing.comparison.caching import CachingPays, caching_pays, caching_report
from pricing.comparison.ranking import CacheBreakEven, Comparison, Offer, compare

__all__ = [
    "CacheBreakEven",
    "CachingPays",
    "Comparison",
    "Offer",
    "caching_pays",
    "caching_report",
    "compare",
]
