"""`sandbox`: serve or reset a simulated Scenario API on this machine."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync.cli.options import Command, CommandGroup
from sync.cli.output import print_info, print_report
from sync.errors import UsageError

if TYPE_CHECKING:
    from sync.cli.global_options import GlobalOptions


@click.group(cls=CommandGroup)
def command() -> None:
    """Serve or reset a simulated Scenario API, which keeps its state in SQLite."""


@command.command("serve", cls=Command)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Listen on this port of 127.0.0.1; 0: any free port.",
)
@click.option(
    "--seed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Load the initial models and assets from this YAML or JSON file.",
)
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the state in this SQLite file [default: in memory].",
)
@click.option(
    "--credentials", metavar="KEY:SECRET", help="Accept only this key [default: any key]."
)
@click.option(
    "--latency",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Wait this long before each answer [default: 0].",
)
@click.option(
    "--rate",
    metavar="N",
    help="Allow N requests per minute (N/s: per second), then answer 429 [default: no limit].",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT",
    help="Inject METHOD:EFFECT[:TIMES][@MODEL], such as PUT:503:2; repeatable. "
    "docs/reference.md lists the effects.",
)
def serve_command(
    port: int,
    seed: Path | None,
    store: Path | None,
    credentials: str | None,
    latency: float,
    rate: str | None,
    faults: tuple[str, ...],
) -> None:
    """Serve the sandbox over HTTP on 127.0.0.1 until Ctrl-C.

    It prints `listening on http://127.0.0.1:PORT/v1` when it is ready.

    \b
    Examples:
      description-sync sandbox serve --port 0
      description-sync sandbox serve --seed seed.yaml --latency 0.1 --rate 100 --fault PUT:503:2
    """
    from sync.sandbox.app import create_app
    from sync.sandbox.faults import parse_fault
    from sync.sandbox.rate import parse_rate
    from sync.sandbox.seed import read_seed
    from sync.sandbox.serve import serve
    from sync.sandbox.store import Store

    app = create_app(
        Store(store or ":memory:", seed=read_seed(seed) if seed else None),
        credentials=_parse_credentials(credentials),
        latency=latency,
        rate=parse_rate(rate) if rate else None,
        faults=[parse_fault(words) for words in faults],
    )
    serve(app, port=port, ready=lambda at: print_report(f"listening on http://127.0.0.1:{at}/v1"))


def _parse_credentials(credentials: str | None) -> tuple[str, str] | None:
    if credentials is None:
        return None
    key, colon, secret = credentials.partition(":")
    if not (key and colon and secret):
        raise UsageError("--credentials needs KEY:SECRET")
    return key, secret


@command.command(cls=Command)
@click.option(
    "--seed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Load the initial models and assets from this YAML or JSON file.",
)
@click.pass_obj
def reset(global_options: GlobalOptions, seed: Path | None) -> None:
    """Reset the embedded sandbox of a target to its initial state.

    \b
    Examples:
      description-sync sandbox reset
    """
    from sync.sandbox.seed import read_seed
    from sync.sandbox.store import Store

    for chosen in global_options.open_workspace().list_targets():
        path = chosen.sandbox_path
        if path is None:
            raise UsageError(f'the target "{chosen.name}" is not an embedded sandbox')
        with closing(Store(path)) as store:
            store.reset(read_seed(seed) if seed else None)
        print_info(f"{chosen.name}: the sandbox was reset.")
