"""Write numbers together with what they count."""

from __future__ import annotations


def format_count(number: int, noun: str, plural: str = "") -> str:
    """Format the number and its noun, in the plural (by default with an "s") unless it is 1.

    >>> format_count(1, "text"), format_count(1200, "text"), format_count(2, "file is", "files are")
    ('1 text', '1,200 texts', '2 files are')
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
