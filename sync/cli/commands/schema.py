"""`schema`: print the JSON Schema of config.yaml, of front matter or of a JSON report."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import click

from sync.cli.options import Command
from sync.cli.output import print_report
from sync.reports.documents import DocumentKind

SchemaSubject: TypeAlias = Literal["config", "names", "front-matter"] | DocumentKind
SUBJECTS = tuple(subject for group in get_args(SchemaSubject) for subject in get_args(group))


@click.command(cls=Command)
@click.argument("subject", type=click.Choice(SUBJECTS), default="config", metavar="[SUBJECT]")
def command(subject: SchemaSubject) -> None:
    """Print the JSON Schema of SUBJECT [default: config].

    SUBJECT is `config` (config.yaml), `names` (names.yaml), `front-matter` (the optional YAML at
    the top of a description), or a kind of JSON report: plan, apply, pull, history, check, map,
    import, doctor, show, undocumented, targets or failure. Editors complete and check config.yaml
    if its first line names the schema; `description-sync init` writes such a line.

    \b
    Examples:
      description-sync schema > .description-sync/config.schema.json
      description-sync schema front-matter
      description-sync schema plan
    """
    print_report(_render_schema(subject))


def _render_schema(subject: SchemaSubject) -> str:
    from sync.config.json_schema import render_config_schema, render_names_schema
    from sync.descriptions.json_schema import render_front_matter_schema
    from sync.reports.schema import render_report_schema

    match subject:
        case "config":
            return render_config_schema()
        case "names":
            return render_names_schema()
        case "front-matter":
            return render_front_matter_schema()
        case _:
            return render_report_schema(subject)
