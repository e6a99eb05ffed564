"""Reports: one module per command builds what to say, one per format writes it."""
