"""The names that config.yaml may have."""

ROOT_CONFIGS = ("config.yaml", "description-sync.yaml")
