"""Rows of worked examples: usage, the rates in force, and what must come of them."""
