"""Where an operation happens: the configuration, the repository, the folder, the lock."""
