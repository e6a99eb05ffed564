"""`schema`: the JSON Schemas of the files that people write, and of the JSON reports."""

from __future__ import annotations

from typing import Literal, TypeAlias, assert_never, get_args

import click

from sync.cli.options import Command
from sync.cli.output import report

Subject: TypeAlias = Literal["config", "front-matter", "plan", "apply"]


@click.command(cls=Command)
@click.argument(
    "subject", type=click.Choice(get_args(Subject)), default="config", metavar="[SUBJECT]"
)
def command(subject: Subject) -> None:
    """Print the JSON Schema of config.yaml, or of SUBJECT.

    SUBJECT is `config`, `front-matter` (the YAML that a description may begin with), `plan` or
    `apply` (the JSON reports). Editors complete and check config.yaml where its first line names
    the schema, as in the one that `description-sync init` writes.

    \b
    description-sync schema > .description-sync/config.schema.json
    description-sync schema front-matter
    description-sync schema plan
    """
    report(_schema(subject))


def _schema(subject: Subject) -> str:
    from sync.reports.schema import report_schema  # noqa: PLC0415 - --help needs none of it
    from sync.schema import config_schema, front_matter_schema  # noqa: PLC0415

    match subject:
        case "config":
            return config_schema()
        case "front-matter":
            return front_matter_schema()
        case "plan" | "apply":
            return report_schema(subject)
        case _:
            assert_never(subject)
