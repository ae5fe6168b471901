"""Adding up what is spent while it is spent, and stopping at a limit."""
