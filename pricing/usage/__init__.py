"""Usage: what was counted, read from any API's usage object or any log."""
