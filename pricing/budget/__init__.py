"""Budgets for what calls cost: a file of scenarios and limits, judged exactly, failing closed."""
