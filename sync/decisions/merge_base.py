"""Choose the merge base of a file and the remote text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.decisions.likeness import find_most_similar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model.text import Text


def choose_merge_base(
    remote: Text, versions: Sequence[Text], *, recorded: Text | None, current: Text | None
) -> Text | None:
    """Choose the text that the file and the remote text were both made from; None if unknown.

    `versions` are the texts that the file had, newest first. `recorded` is the text that this
    clone last sent or pulled. Other machines write, too, so it counts only if no newer version is
    nearer to the remote text. The `current` text of the file is not guessed as a base, because that
    would lose the file's changes; it is the base if the file never had another text.
    """
    hashes = [version.sha256 for version in versions]
    newest_first = [v for v in versions if current is None or not v.is_same_as(current)]
    if recorded is None:
        return find_nearest_version(remote, newest_first or versions)
    if recorded.sha256 in hashes:
        newer = versions[: hashes.index(recorded.sha256)]
        newest_first = [v for v in newer if v in newest_first]
    return find_nearest_version(remote, [recorded, *newest_first])


def find_nearest_version(remote: Text, versions: Sequence[Text]) -> Text | None:
    """Return the version most similar to the remote text, None if there are no versions.

    Of several equally similar versions, return the first.
    """
    index = find_most_similar(remote.canonical, [version.canonical for version in versions])
    return None if index is None else versions[index]
