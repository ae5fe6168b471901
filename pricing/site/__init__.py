"""The calculator as a static site: the catalogue's prices, and the engine itself in the browser."""

from __future__ import annotations
