"""`completion`: what makes a shell complete our commands, flags, targets, models and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from sync.cli.options import Command
from sync.cli.output import report

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

PROGRAM = "description-sync"
VARIABLE = "_DESCRIPTION_SYNC_COMPLETE"  # in which click looks for a shell's question


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands, flags, targets, models and files in a SHELL.

    Let the shell read it at its start:

    \b
    echo 'eval "$(description-sync completion bash)"' >> ~/.bashrc
    echo 'eval "$(description-sync completion zsh)"' >> ~/.zshrc
    description-sync completion fish > ~/.config/fish/completions/description-sync.fish
    """
    report(_completer(shell, ctx.find_root().command).source())


def _completer(shell: str, program: click.Command) -> ShellComplete:
    kind = get_completion_class(shell)
    if kind is None:
        raise TypeError(shell)  # click knows every shell that we let through
    return kind(program, {}, PROGRAM, VARIABLE)
