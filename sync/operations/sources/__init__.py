"""Read desired texts from files, another target, a snapshot or a branch."""
