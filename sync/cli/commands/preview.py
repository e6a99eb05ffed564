"""`preview`: one description as its readers see it, while it is being written."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from sync.cli.desk import desk_for, facts_for
from sync.cli.options import Command, Settings
from sync.cli.output import report
from sync.cli.pages import HOST, PageServer
from sync.reports.media import NO_MEDIA
from sync.reports.preview import draft_as_html


@click.command(cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--online", is_flag=True, help="Ask the target what the text refers to, with pictures."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Where to listen on 127.0.0.1; 0: any free port.",
)
@click.option("--no-open", is_flag=True, help="Open no browser; the address is printed anyway.")
@click.pass_obj
def command(settings: Settings, file: Path, online: bool, port: int, no_open: bool) -> None:
    """Show the description in FILE as its readers see it, until Ctrl-C.

    The page opens in a browser, tells what `check` says of the file, and is loaded again whenever
    the file is saved. It is for this machine alone, and loads nothing from anywhere.

    \b
    description-sync preview descriptions/props/lantern.md
    description-sync preview descriptions/props/lantern.md --online --target production
    description-sync preview hero.md --port 8080 --no-open
    """
    desk = desk_for(settings, file)
    facts = facts_for(settings, desk) if online else None

    def render(version: str) -> str:
        draft = desk.draft()
        return draft_as_html(draft, version=version, media=facts.of(draft) if facts else NO_MEDIA)

    with PageServer(port, version=desk.version, render=render) as server:
        url = f"http://{HOST}:{server.port}/"
        report(f"listening on {url}")
        if not no_open:
            webbrowser.open(url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
