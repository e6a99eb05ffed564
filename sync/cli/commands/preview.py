"""`preview`: show one description in a browser while it is being written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli.options import Command
from sync.cli.output import print_report

if TYPE_CHECKING:
    from sync.cli.settings import Settings


@click.command(cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--online", is_flag=True, help="Show the models and pictures that the text refers to."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Listen on this port of 127.0.0.1; 0: any free port.",
)
@click.option("--no-open", is_flag=True, help="Print the address without opening a browser.")
@click.pass_obj
def command(settings: Settings, file: Path, online: bool, port: int, no_open: bool) -> None:
    """Preview the description in FILE in a browser, until Ctrl-C.

    The page also shows the findings of `check` for the file, and reloads whenever the file is
    saved. Only this machine can open the page, and the page loads nothing from other servers.

    \b
    Examples:
      description-sync preview descriptions/props/lantern.md
      description-sync preview descriptions/props/lantern.md --online --target production
      description-sync preview hero.md --port 8080 --no-open
    """
    import webbrowser

    from sync.cli.preview_server import HOST, PageServer
    from sync.operations.preview import find_draft_file, open_draft_media
    from sync.reports.media import NO_MEDIA
    from sync.reports.preview import render_draft_html

    draft_file = find_draft_file(
        file,
        settings.config,
        target_names=settings.targets,
        all_targets=settings.all_targets,
    )
    media = None
    if online:
        target, *_ = settings.open_workspace().list_targets()
        media = open_draft_media(target, draft_file)

    def render(version: str) -> str:
        draft = draft_file.read_draft()
        return render_draft_html(
            draft, version=version, media=media.find_media(draft) if media else NO_MEDIA
        )

    with PageServer(port, version=draft_file.get_version, render=render) as server:
        url = f"http://{HOST}:{server.port}/"
        print_report(f"listening on {url}")
        if not no_open:
            webbrowser.open(url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
