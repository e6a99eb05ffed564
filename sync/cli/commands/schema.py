"""`schema`: print the JSON Schema of config.yaml, of front matter or of a JSON report."""

from __future__ import annotations

from typing import Literal, TypeAlias, assert_never, get_args

import click

from sync.cli.options import Command
from sync.cli.output import print_report

SchemaSubject: TypeAlias = Literal["config", "front-matter", "plan", "apply"]


@click.command(cls=Command)
@click.argument(
    "subject", type=click.Choice(get_args(SchemaSubject)), default="config", metavar="[SUBJECT]"
)
def command(subject: SchemaSubject) -> None:
    """Print the JSON Schema of SUBJECT [default: config].

    SUBJECT is `config` (config.yaml), `front-matter` (the optional YAML at the top of a
    description), `plan` or `apply` (the JSON reports). Editors complete and check config.yaml if
    its first line names the schema; `description-sync init` writes such a line.

    \b
    Examples:
      description-sync schema > .description-sync/config.schema.json
      description-sync schema front-matter
      description-sync schema plan
    """
    print_report(_render_schema(subject))


def _render_schema(subject: SchemaSubject) -> str:
    from sync.config.json_schema import config_schema  # noqa: PLC0415
    from sync.descriptions.front_matter import front_matter_schema  # noqa: PLC0415
    from sync.reports.schema import render_report_schema  # noqa: PLC0415 - --help does not need it

    match subject:
        case "config":
            return config_schema()
        case "front-matter":
            return front_matter_schema()
        case "plan" | "apply":
            return render_report_schema(subject)
        case _:
            assert_never(subject)
