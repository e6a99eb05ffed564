"""`completion`: print the script for shell completion of commands, flags and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from sync.cli.options import Command
from sync.cli.output import print_report

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

PROGRAM = "description-sync"
COMPLETE_VARIABLE = "_DESCRIPTION_SYNC_COMPLETE"  # click reads the shell's request from it


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL: commands, flags, targets, models and files.

    Install it with the line for your shell, then open a new terminal.

    \b
    Examples:
      echo 'eval "$(description-sync completion bash)"' >> ~/.bashrc
      echo 'eval "$(description-sync completion zsh)"' >> ~/.zshrc
      description-sync completion fish > ~/.config/fish/completions/description-sync.fish
    """
    script = _make_completer(shell, ctx.find_root().command).source()
    # A line is TYPE,VALUE<tab>HELP, and the help may have commas of its own (click 8.4).
    print_report(script.replace('string split ","', 'string split --max 1 ","'))


def _make_completer(shell: str, program: click.Command) -> ShellComplete:
    kind = get_completion_class(shell)
    if kind is None:
        raise TypeError(shell)  # cannot happen: click supports all choices above
    return kind(program, {}, PROGRAM, COMPLETE_VARIABLE)
