"""The commands by name; each is imported when it is called, so that --help stays fast."""

from __future__ import annotations

import importlib
import keyword
import re
from typing import TYPE_CHECKING, ClassVar

import click
from click.shell_completion import CompletionItem

from sync.cli.options import global_options
from sync.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence


class LazyCommandGroup(click.Group):
    """A group that imports each command on demand, from `command` of its module in this package."""

    summaries: ClassVar[dict[str, str]] = {
        "plan": "Show what apply would change (a dry run).",
        "apply": "Deploy the descriptions to Scenario, after showing the plan and asking.",
        "check": "Find errors in the files and config.yaml, without network.",
        "status": "Show one line per model: state and deployed commit.",
        "show": "Show what Scenario has for one model: text, assets and models.",
        "pull": "Pull texts that were changed outside git into their files.",
        "propose": "Propose texts that were changed outside git as a pull request.",
        "comment": "Post a report as a pull request comment (updates the existing one).",
        "history": "List the runs recorded for a target.",
        "rollback": "Undo a run: restore the texts that it replaced.",
        "import": "Import existing Markdown files, model cards or exports.",
        "map": "Match the models of two targets and propose names for them.",
        "new": "Create the file of a model that has none, found by its name.",
        "init": "Create a repository of descriptions.",
        "doctor": "Check the credentials, the project, git and the server.",
        "preview": "Preview one description in a browser while you write it.",
        "schema": "Print the JSON Schema of config.yaml or another file.",
        "completion": "Print the shell completion script.",
        "sandbox": "Serve or reset a simulated Scenario API.",
        "demo": "Run a demo in a temporary repository.",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.summaries)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in self.summaries:
            return None
        command: click.Command = importlib.import_module(
            f"sync.cli.commands.{_get_module_name(name)}"
        ).command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _refuse_empty_values(args)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.summaries:
            near = did_you_mean(args[0], self.summaries) or '. Try "description-sync --help".'
            raise click.UsageError(f'no such command "{args[0]}"{near}', ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete command names from the summaries, without an import of any command."""
        names = [
            CompletionItem(name, help=about)
            for name, about in self.summaries.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands before the options, because readers look for a command first."""
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))


def _refuse_empty_values(words: Sequence[str]) -> None:
    """Raise UsageError if a value is empty, as that of a variable that is not set.

    Such a value would mean something else than its author wanted: with `--since "$BASE"` every
    description would be written.
    """
    for before, word in zip(["", *words], words, strict=False):
        if word == "":
            what = before if before.startswith("-") and "=" not in before else "a PATH or NAME"
        elif _EMPTY_OPTION.fullmatch(word):
            what = word[:-1]
        else:
            continue
        raise UsageError(
            f"{what} is empty",
            hint="Is a variable of the shell not set? Give a value, or leave the option out.",
        )


_EMPTY_OPTION = re.compile(r"--[a-z-]+=")


def _get_module_name(name: str) -> str:
    """Return the module name of a command: `_` is appended to a Python keyword (PEP 8)."""
    return f"{name}_" if keyword.iskeyword(name) else name


commands = LazyCommandGroup(
    name="description-sync",
    help="Keep the descriptions of Scenario models under git.",
    epilog=(
        "Run `description-sync COMMAND --help` for the options of a command. Each command also "
        "takes the options above. To see it at work: `description-sync demo`."
    ),
    params=global_options(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
)
