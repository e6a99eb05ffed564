"""Decide what a command does; pure functions, without files, git or network."""
