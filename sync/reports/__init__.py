"""Reports in words: what each says is worked out once, and one module writes it for each medium."""
