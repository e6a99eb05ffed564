"""`preview`: show descriptions in a browser while they are being written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli.options import Command
from sync.cli.output import print_report

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions
    from sync.operations.preview import DraftFile, DraftFolder, MediaOfDrafts

FILES = "files"  # the first part of the address of each file's page


@click.command(cls=Command)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
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
def command(
    global_options: GlobalOptions, path: Path, online: bool, port: int, no_open: bool
) -> None:
    """Preview the description in PATH in a browser, until Ctrl-C; PATH may be a folder.

    The page also shows the findings of `check` for the file, and reloads whenever the file is
    saved. For a folder, the first page lists its descriptions. Only this machine can open the
    pages, and they load nothing from other servers.

    \b
    Examples:
      description-sync preview descriptions/props/lantern.md
      description-sync preview descriptions/
      description-sync preview descriptions/props/lantern.md --online --target production
      description-sync preview hero.md --port 8080 --no-open
    """
    import webbrowser

    from sync.cli.preview_server import HOST, PageServer
    from sync.operations.preview import find_drafts, open_draft_media

    drafts = find_drafts(
        path,
        global_options.config,
        target_names=global_options.targets,
        all_targets=global_options.all_targets,
    )
    media = None
    if online:
        target, *_ = global_options.open_workspace().list_targets()
        media = open_draft_media(target, drafts)
    pages = _DraftPages(drafts, title=str(path), media=media)
    with PageServer(port, version=pages.get_version, render=pages.render) as server:
        url = f"http://{HOST}:{server.port}/"
        print_report(f"listening on {url}")
        if not no_open:
            webbrowser.open(url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


@dataclass(frozen=True, slots=True)
class _DraftPages:
    """The pages to serve: that of one file, or a list of a folder's files and the page of each."""

    drafts: DraftFile | DraftFolder
    title: str
    media: MediaOfDrafts | None

    def get_version(self, path: str) -> str | None:
        page = self._find_page(path)
        return page.get_version() if page else None

    def render(self, path: str, version: str) -> str:
        from sync.operations.preview import DraftFile, DraftFolder
        from sync.reports.media import NO_MEDIA
        from sync.reports.preview import render_draft_html, render_index_html

        match self._find_page(path):
            case DraftFile() as file:
                draft = file.read_draft()
                media = self.media.find_media(draft) if self.media else NO_MEDIA
                has_index = file is not self.drafts
                return render_draft_html(draft, version=version, media=media, has_index=has_index)
            case DraftFolder() as folder:
                return render_index_html(folder.read_drafts(), title=self.title, version=version)
            case None:  # removed since the version was read
                return ""

    def _find_page(self, path: str) -> DraftFile | DraftFolder | None:
        from sync.operations.preview import DraftFolder

        if not path:
            return self.drafts
        start, _, name = path.partition("/")
        if isinstance(self.drafts, DraftFolder) and start == FILES:
            return self.drafts.find_file(name)
        return None
