"""Where desired texts come from."""
