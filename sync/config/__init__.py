"""The keys and values of config.yaml, and of the table of names."""
