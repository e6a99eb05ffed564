"""The commands by name, each imported when it is called, so that --help imports none of them."""

from __future__ import annotations

import importlib
import keyword
from typing import ClassVar

import click
from click.shell_completion import CompletionItem

from sync.cli.options import global_options
from sync.errors import did_you_mean


class Commands(click.Group):
    """A group whose commands live in one module each: `sync/cli/commands/NAME.py`, as `command`."""

    summaries: ClassVar[dict[str, str]] = {
        "plan": "Show what apply would do; write nothing.",
        "apply": "Plan, show, ask, and write the descriptions.",
        "check": "Find faults in files and config, without network.",
        "status": "One line a model: its state, and the commit it is at.",
        "pull": "Take texts that were edited elsewhere into their files.",
        "comment": "Make a report the comment on a pull request.",
        "history": "The runs recorded for a target.",
        "rollback": "Put back what a run replaced.",
        "import": "Take existing Markdown, model cards or exports into the folder.",
        "map": "Propose names for the models that two targets have in common.",
        "init": "Start a repository of descriptions.",
        "doctor": "Check credentials, project, git, and how the server treats texts.",
        "preview": "Show one description as its readers see it, while it is written.",
        "schema": "Print the JSON Schema of config.yaml, or of another file.",
        "completion": "Print a script that completes commands in a shell.",
        "sandbox": "Serve or reset the simulated Scenario API.",
        "demo": "The whole story, in a temporary repository.",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.summaries)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in self.summaries:
            return None
        command: click.Command = importlib.import_module(
            f"sync.cli.commands.{_module(name)}"
        ).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.summaries:
            near = did_you_mean(args[0], self.summaries) or '. Try "description-sync --help".'
            raise click.UsageError(f'no such command "{args[0]}"{near}', ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands by their summaries, so that none is imported to complete a name."""
        names = [
            CompletionItem(name, help=about)
            for name, about in self.summaries.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))


def _module(name: str) -> str:
    """The module of a command; one named like a keyword ends in `_`, as PEP 8 has it."""
    return f"{name}_" if keyword.iskeyword(name) else name


commands = Commands(
    name="description-sync",
    help="Keep the descriptions of Scenario models under git.",
    epilog="description-sync COMMAND --help shows a command's own options.",
    params=global_options(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
)
