"""Files for models that have none, written as the texts come, so that none is asked for twice."""

from __future__ import annotations

from contextlib import aclosing, closing
from typing import TYPE_CHECKING

from sync.adopt import LeftAlone, NewFile
from sync.cli.disk import put
from sync.cli.pulling.journal import Journal
from sync.cli.pulling.newcomers import receive

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from sync.adopt import Adopted
    from sync.cli.disk import Folder
    from sync.cli.interrupts import Stop
    from sync.cli.pulling.journal import Done
    from sync.cli.pulling.newcomers import Newcomers
    from sync.cli.targets import Session


async def write_new(
    session: Session, newcomers: Newcomers, *, folder: Folder, stop: Stop
) -> AsyncGenerator[Adopted, None]:
    """What became of each newcomer, as it is written; ends early once the run is to stop.

    What a pull that was cut off had written is not asked for again.
    """
    common_dir = session.chosen.workspace.repository.common_dir
    with closing(Journal(common_dir / "description-sync" / f"{session.name}.pull")) as journal:
        done = _done(journal, newcomers, folder=folder)
        for model, entry in done.items():
            if entry.path:
                yield LeftAlone(
                    result="unchanged",
                    model=model,
                    path=entry.path,
                    reason="pulled before: commit it",
                )
        complete = True
        async with aclosing(receive(session, newcomers, done=done)) as arriving:
            async for model, arrived in arriving:
                file = put(folder, arrived) if arrived else None
                _note(journal, model, file=file)
                complete = complete and not (file and file.result == "failed")
                if file:
                    yield file
                if stop.is_set():
                    return
        if complete:
            journal.forget()


def _done(journal: Journal, newcomers: Newcomers, *, folder: Folder) -> dict[str, Done]:
    return {
        model: entry
        for model, entry in journal.done.items()
        if model in newcomers.paths
        and entry.still_holds(folder.read(entry.path) if entry.path else None)
    }


def _note(journal: Journal, model: str, *, file: Adopted | None) -> None:
    match file:
        case None:
            journal.note(model)
        case NewFile(path=path, data=data):
            journal.note(model, path, data=data)
        case _:
            pass
