"""The living reports: pages made from the cards, and from what reports.yaml asks of them."""
