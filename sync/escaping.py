"""Names that are safe in a tree and as a ref, and lead back to what they were made from."""

from __future__ import annotations

import re
from urllib.parse import unquote

from sync.names import DEVICES

LONGEST = 200
CONTINUED = "~/"


def file_name(model: str) -> str:
    """The file of a model in a snapshot: readable, reversible, safe on every file system.

    Odd characters are percent-encoded. Capitals are kept and marked: the number after `~` has a
    bit for each of them, so that two ids do not meet where the file system ignores case. What is
    longer than a file name may be goes on in a folder.

    >>> file_name("flux.1-dev"), file_name("model_9fK2"), file_name("minimax/music-01")
    ('flux.1-dev.md', 'model_9fK2~100.md', 'minimax%2fmusic-01.md')
    """
    encoded = _percent(model, r"[^A-Za-z0-9._-]")
    if DEVICES.match(encoded) or encoded.startswith("."):
        encoded = f"%{ord(encoded[0]):02x}{encoded[1:]}"
    capitals = sum(1 << at for at, letter in enumerate(encoded) if letter.isupper())
    marked = f"{encoded}~{capitals:x}" if capitals else encoded
    chunks = [marked[at : at + LONGEST] for at in range(0, len(marked), LONGEST)]
    return f"{CONTINUED.join(chunks)}.md"


def model_of(name: str) -> str:
    """The model id that `file_name` made the name from."""
    return unquote(name.removesuffix(".md").replace(CONTINUED, "").partition("~")[0])


def snapshot_ref(target: str) -> str:
    """The ref under which a target's snapshots are kept; no two targets share one."""
    return f"refs/description-sync/{_percent(target, r'[^A-Za-z0-9_-]')}"


def on_one_line(text: str) -> str:
    """The text without line breaks and other control characters; `unquote` brings them back."""
    return _percent(text, r"[%\x00-\x1f\x7f]")


def _percent(text: str, pattern: str) -> str:
    return re.sub(
        pattern, lambda found: "".join(f"%{byte:02x}" for byte in found[0].encode()), text
    )
