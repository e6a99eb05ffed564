"""Options that several commands share, and the values that are built from them."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import click
from click.shell_completion import CompletionItem

from sync import __version__
from sync.cli.log import LogFormat, set_log_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

from sync.cli.global_options import GlobalOptions

Format = Literal["text", "markdown", "json", "html"]
FORMATS = get_args(Format)
Function = TypeVar("Function", bound="Callable[..., Any]")


def _store_global_option(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:  # noqa: ANN401
    stored = ctx.ensure_object(GlobalOptions)
    if value and parameter.name:
        setattr(stored, parameter.name, value)


def _apply_log_format(_: click.Context, __: click.Parameter, value: LogFormat | None) -> None:
    if value:
        set_log_format(value)


def complete_target(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a target name for the shell."""
    from sync.cli.completion import list_target_names  # noqa: PLC0415 - for a shell only

    return _complete_prefix(incomplete, list_target_names(ctx.ensure_object(GlobalOptions)))


def complete_model(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a model name or id for the shell."""
    from sync.cli.completion import list_model_names  # noqa: PLC0415 - for a shell only

    return _complete_prefix(incomplete, list_model_names(ctx.ensure_object(GlobalOptions)))


def complete_run(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the id of a run of the target for the shell."""
    from sync.cli.completion import list_run_ids  # noqa: PLC0415 - for a shell only

    return _complete_prefix(incomplete, list_run_ids(ctx.ensure_object(GlobalOptions)))


def _complete_prefix(incomplete: str, words: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"description-sync {__version__}")
        ctx.exit()


def global_options() -> list[click.Parameter]:
    """Return the options that are accepted both before and after the command's name."""
    common: dict[str, Any] = {"expose_value": False, "callback": _store_global_option}
    return [
        click.Option(
            ["--config"],
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help=(
                "Use this config.yaml [default: the one in the working directory or above it, "
                "up to the git root]."
            ),
            **common,
        ),
        click.Option(
            ["--target", "targets"],
            multiple=True,
            metavar="NAME",
            help=(
                "Use this target (a Scenario project of config.yaml); repeatable "
                "[default: `target` in config.yaml]."
            ),
            shell_complete=complete_target,
            **common,
        ),
        click.Option(
            ["--all-targets"], is_flag=True, help="Use every target of config.yaml.", **common
        ),
        click.Option(["-v", "--verbose"], is_flag=True, help="Show the full report.", **common),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            help="Print nothing if nothing changed, and each open decision only once.",
            **common,
        ),
        click.Option(
            ["--remind"],
            type=click.FloatRange(min=0, min_open=True),
            metavar="HOURS",
            help="With --quiet, print open decisions again after HOURS [default: 24].",
            **common,
        ),
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            help="Color the output; auto: on a terminal, unless NO_COLOR is set [default: auto].",
            **common,
        ),
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            help="Show the version and exit.",
            callback=_show_version,
        ),
        click.Option(
            ["--log-format"],
            type=click.Choice(get_args(LogFormat)),
            help="Set the format of stderr; json: one object per line [default: text].",
            is_eager=True,
            expose_value=False,
            callback=_apply_log_format,
        ),
    ]


class Command(click.Command):
    """A command that also takes the global options; its --help lists only their names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's signature
        super().__init__(*args, **kwargs)
        self.global_names = {option.name for option in global_options()}
        self.params += global_options()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = [
            record
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option)
            and parameter.name not in self.global_names
            and (record := parameter.get_help_record(ctx))
        ]
        with formatter.section("Options"):
            formatter.write_dl(own)
        import textwrap  # noqa: PLC0415 - for --help only

        names = ", ".join("/".join(option.opts) for option in global_options())
        lines = textwrap.wrap(names, formatter.width - 2, break_on_hyphens=False)
        with formatter.section("Global options, explained by `description-sync --help`"):
            formatter.write("".join(f"  {line}\n" for line in lines))


class CommandGroup(Command, click.Group):
    """A command with subcommands."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


Options = TypeVar("Options")


def build_options(options: type[Options], given: Mapping[str, object]) -> Options:
    """Build an options dataclass from the command's parameters that have its fields' names."""
    names = (field.name for field in fields(options))  # type: ignore[arg-type] # any dataclass
    return options(**{name: given[name] for name in names if name in given})


model_option = click.option(
    "--model",
    "models",
    multiple=True,
    metavar="ID",
    help="Select only this model; repeatable.",
    shell_complete=complete_model,
)
drift_option = click.option(
    "--on-drift",
    type=click.Choice(["block", "skip", "overwrite"]),
    help=(
        "Handle texts that were changed outside git: leave them and exit with 5 (block), leave "
        "them (skip), or overwrite them [default: the target's on_drift]."
    ),
)
older_option = click.option(
    "--allow-older",
    is_flag=True,
    help="Write the files even if Scenario has a newer version of them.",
)

resume_option = click.option(
    "--resume",
    is_flag=True,
    help="Write the texts again that were rolled back.",
)
copy_option = click.option(
    "--from-target",
    metavar="NAME",
    help="Copy the texts of this target instead of reading the files.",
    shell_complete=complete_target,
)


skip_option = click.option(
    "--skip-untranslatable",
    is_flag=True,
    help="Leave out texts that refer to models or assets that the target does not have.",
)


def selection_options(function: Function) -> Function:
    """Add the options of a Selection; click passes them by the names of its fields."""
    for decorate in reversed(
        [
            click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]..."),
            model_option,
            click.option(
                "--since",
                metavar="REV",
                help="Select models whose file or config changed since the merge base with REV.",
            ),
            click.option(
                "--commit",
                metavar="REV",
                help="Read the files from this commit [default: the working tree].",
            ),
            drift_option,
            older_option,
            resume_option,
        ]
    ):
        function = decorate(function)
    return function


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """The formats and files of a command's reports."""

    report_format: Format = "text"
    reports: tuple[tuple[Format, Path], ...] = ()
    max_characters: int = 60_000
    no_media: bool = False

    @property
    def formats(self) -> set[Format]:
        return {self.report_format, *(form for form, _ in self.reports)}


class NewFileType(click.Path):
    """An option type: the path of a file to write; its folder must exist before the run starts."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.absolute().parent.is_dir():
            self.fail(f"there is no folder {path.parent}", param, ctx)
        return path


metrics_option = click.option(
    "--metrics",
    type=NewFileType(),
    metavar="FILE",
    help="Write the metrics of the run into FILE, in the Prometheus text format.",
)


class _ReportFileType(click.ParamType[tuple[str, Path]]):
    """An option type that splits FORMAT=FILE into the format and the path."""

    name = "FORMAT=FILE"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        form, _, path = value.partition("=")
        if form not in FORMATS or not path:
            self.fail(f"write FORMAT=FILE, FORMAT being one of {', '.join(FORMATS)}", param, ctx)
        return form, NewFileType().convert(path, param, ctx)


def reporting_options(function: Function) -> Function:
    """Add the options of a ReportOptions; click passes them by the names of its fields."""
    for decorate in reversed(
        [
            format_option(*FORMATS),
            click.option(
                "--report",
                "reports",
                type=_ReportFileType(),
                multiple=True,
                metavar="FORMAT=FILE",
                help="Also write the report into FILE; repeatable.",
            ),
            click.option(
                "--max-characters",
                type=click.IntRange(min=500),
                default=60_000,
                show_default=True,
                metavar="N",
                help="Shorten a Markdown report to N characters.",
            ),
            click.option(
                "--no-media", is_flag=True, help="Leave the pictures out of an HTML report."
            ),
        ]
    ):
        function = decorate(function)
    return function


def format_option(*formats: str) -> Callable[[Function], Function]:
    """Add --format with these choices; the first one is the default."""
    return click.option(
        "--format",
        "report_format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="Print the report in this format.",
    )


dirty_option = click.option(
    "--allow-dirty",
    is_flag=True,
    help="Allow uncommitted changes of descriptions and config.yaml.",
)
_LIMIT_OPTIONS = (
    click.option(
        "--allow-mass-change",
        is_flag=True,
        help="Allow more changes than limits.max_change_percent.",
    ),
    click.option(
        "--allow-mass-delete",
        is_flag=True,
        help="Allow more deletions than limits.max_deletes.",
    ),
)


def limit_options(function: Function) -> Function:
    """Add the options that lift the limits of config.yaml, by the names of Overrides' fields."""
    for decorate in reversed(_LIMIT_OPTIONS):
        function = decorate(function)
    return function


def writing_options(function: Function) -> Function:
    """Add `--yes` and the options of ApplyOptions and Overrides, by the names of their fields.

    `--allow-dirty` is not one of them: a rollback restores texts of the snapshots, not of files.
    """
    for decorate in reversed(
        [
            click.option("--yes", is_flag=True, help="Write without asking for confirmation."),
            *_LIMIT_OPTIONS,
            click.option(
                "--allow-unshared",
                is_flag=True,
                help="Replace texts even if only this clone would keep them.",
            ),
            click.option(
                "--on-error",
                type=click.Choice(["continue", "abort"]),
                default="continue",
                show_default=True,
                help="Continue or abort the run if one description fails.",
            ),
            click.option(
                "--lock-timeout",
                type=click.FloatRange(min=0),
                default=60,
                show_default=True,
                metavar="SECONDS",
                help="Wait this long for another run of the same target to end.",
            ),
        ]
    ):
        function = decorate(function)
    return function
