"""Keep the descriptions of Scenario models under git."""

__version__ = "0.1.0"
