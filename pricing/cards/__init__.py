"""Rate cards: what a seller charges for a model, dated and sourced."""
