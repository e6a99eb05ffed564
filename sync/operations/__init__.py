"""Plan, apply, pull, check and the other operations; silent and importable."""
