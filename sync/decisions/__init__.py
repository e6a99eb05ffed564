"""Decide what should happen, from values alone."""
