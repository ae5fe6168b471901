"""Rating: from usage and a card to exact, itemised cost."""
