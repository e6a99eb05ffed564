"""Reports: one module per command builds a report, one per format writes it."""
