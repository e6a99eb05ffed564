"""Files for models that have none, written as the texts come, so that none is asked for twice."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from sync.adopt import LeftAlone, NewFile
from sync.cli.disk import put
from sync.cli.pulling.newcomers import receive

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from sync.adopt import Adopted
    from sync.cli.disk import Folder
    from sync.cli.interrupts import Stop
    from sync.cli.pulling.journal import Done, Journal
    from sync.cli.pulling.newcomers import Newcomers
    from sync.cli.targets import Session


def still_done(journal: Journal, folder: Folder) -> dict[str, Done]:
    """What a pull that was cut off had done, where nobody has changed its file since."""
    return {
        model: entry
        for model, entry in journal.done.items()
        if entry.still_holds(folder.read(entry.path) if entry.path else None)
    }


async def write_new(
    session: Session,
    newcomers: Newcomers,
    *,
    folder: Folder,
    done: Mapping[str, Done],
    journal: Journal,
    stop: Stop,
) -> AsyncGenerator[Adopted, None]:
    """What became of each newcomer, as it is written; ends early once the run is to stop.

    What is `done` is not asked for again, and what is done now is noted.
    """
    for model in newcomers.paths:
        if (entry := done.get(model)) and entry.path:
            reason = "pulled before: commit it"
            yield LeftAlone(result="unchanged", model=model, path=entry.path, reason=reason)
    async with aclosing(receive(session, newcomers, done=done, stop=stop)) as arriving:
        async for model, arrived in arriving:
            file = put(folder, arrived) if arrived else None
            _note(journal, model, file=file)
            if file:
                yield file
    if not stop.is_set():
        journal.forget(newcomers.asked)


def _note(journal: Journal, model: str, *, file: Adopted | None) -> None:
    match file:
        case None:
            journal.note(model)
        case NewFile(path=path, data=data):
            journal.note(model, path, data=data)
        case _:
            pass
