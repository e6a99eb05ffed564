"""The place of an operation: its config, repository, folder of descriptions and lock."""
