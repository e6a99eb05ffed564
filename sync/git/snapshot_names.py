"""File names and refs of snapshots: safe on every system, and convertible back to model ids."""

from __future__ import annotations

from urllib.parse import unquote

from sync.descriptions.new_file_names import WINDOWS_DEVICE_NAMES
from sync.model.target_identity import percent_encode

MAX_NAME_LENGTH = 200
CONTINUATION = "~/"


def make_snapshot_file_name(model: str) -> str:
    """Return the file name of a model in a snapshot: readable, reversible, safe everywhere.

    Special characters are percent-encoded. Capitals are kept; the hex number after `~` has one bit
    per character, set for a capital. Without the number, ids that differ in case alone would be one
    file where a file system ignores case, and machines with versions of this program before and
    after such a change would write two files for one model. A name that is too long for a file
    continues in a folder.

    >>> names = ("flux.1-dev", "model_9fK2", "minimax/music-01")
    >>> tuple(map(make_snapshot_file_name, names))
    ('flux.1-dev.md', 'model_9fK2~100.md', 'minimax%2fmusic-01.md')
    """
    encoded = percent_encode(model, r"[^A-Za-z0-9._-]")
    if WINDOWS_DEVICE_NAMES.match(encoded) or encoded.startswith("."):
        encoded = f"%{ord(encoded[0]):02x}{encoded[1:]}"
    capitals = sum(1 << at for at, letter in enumerate(encoded) if letter.isupper())
    marked = f"{encoded}~{capitals:x}" if capitals else encoded
    chunks = [marked[at : at + MAX_NAME_LENGTH] for at in range(0, len(marked), MAX_NAME_LENGTH)]
    return f"{CONTINUATION.join(chunks)}.md"


def parse_snapshot_file_name(name: str) -> str:
    """Return the model id from which `make_snapshot_file_name` made this name."""
    return unquote(name.removesuffix(".md").replace(CONTINUATION, "").partition("~")[0])


def escape_control_characters(text: str) -> str:
    """Percent-encode line breaks and other control characters; `unquote` reverses it."""
    return percent_encode(text, r"[%\x00-\x1f\x7f]")
