"""The nouns of the program: texts, files, plans and runs."""
