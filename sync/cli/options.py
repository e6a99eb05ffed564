"""Options that several commands share, and the values they make."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import click
from click.shell_completion import CompletionItem

from sync import __version__
from sync.cli.log import LogFormat, log_as
from sync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sync.config import Config
    from sync.model import DriftPolicy

Color = Literal["auto", "always", "never"]
Format = Literal["text", "markdown", "json", "html"]
FORMATS = get_args(Format)
Function = TypeVar("Function", bound="Callable[..., Any]")


@dataclass(slots=True)
class Settings:
    """The global options, wherever on the line they stood; the later one wins."""

    config: Path | None = None
    targets: tuple[str, ...] = ()
    all_targets: bool = False
    verbose: bool = False
    quiet: bool = False
    color: Color = "auto"

    def names(self, config: Config) -> tuple[str, ...]:
        """The targets that the command line names, maybe none. Raises UsageError."""
        if not self.all_targets:
            return self.targets
        if self.targets:
            raise UsageError("--all-targets and --target contradict each other", hint="Give one.")
        return tuple(config.targets)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:  # noqa: ANN401
    settings = ctx.ensure_object(Settings)
    if value and parameter.name:
        setattr(settings, parameter.name, value)


def _log_as(_: click.Context, __: click.Parameter, value: LogFormat | None) -> None:
    if value:
        log_as(value)


def complete_target(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The targets that begin so, for a shell."""
    from sync.cli.words import target_names  # noqa: PLC0415 - for a shell only

    return _beginning(incomplete, target_names(ctx.ensure_object(Settings)))


def complete_model(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The models that begin so, for a shell."""
    from sync.cli.words import model_names  # noqa: PLC0415 - for a shell only

    return _beginning(incomplete, model_names(ctx.ensure_object(Settings)))


def complete_run(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The runs of the target that begin so, for a shell."""
    from sync.cli.words import run_ids  # noqa: PLC0415 - for a shell only

    return _beginning(incomplete, run_ids(ctx.ensure_object(Settings)))


def _beginning(incomplete: str, words: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"description-sync {__version__}")
        ctx.exit()


def global_options() -> list[click.Parameter]:
    """The options accepted before and after the command's name."""
    common: dict[str, Any] = {"expose_value": False, "callback": _remember}
    return [
        click.Option(
            ["--config"],
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="config.yaml; else the one found here or above, up to the git root.",
            **common,
        ),
        click.Option(
            ["--target", "targets"],
            multiple=True,
            metavar="NAME",
            help="A target of config.yaml; may be repeated.",
            shell_complete=complete_target,
            **common,
        ),
        click.Option(
            ["--all-targets"], is_flag=True, help="Every target of config.yaml.", **common
        ),
        click.Option(
            ["-v", "--verbose"], is_flag=True, help="Leave nothing out of the report.", **common
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            help="Say nothing where there was nothing to do.",
            **common,
        ),
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            help="auto: on a terminal, unless NO_COLOR is set.",
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
            help="How to write on stderr; json: an object a line.",
            is_eager=True,
            expose_value=False,
            callback=_log_as,
        ),
    ]


class Command(click.Command):
    """A command that takes the global options too, shown apart from its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's signature
        super().__init__(*args, **kwargs)
        self.global_names = {option.name for option in global_options()}
        self.params += global_options()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                (shared if parameter.name in self.global_names else own).append(record)
        with formatter.section("Options"):
            formatter.write_dl(own)
        with formatter.section("Global options"):
            formatter.write_dl(shared)


Options = TypeVar("Options")


def take(options: type[Options], given: Mapping[str, object]) -> Options:
    """The part of a command's parameters that a dataclass names."""
    names = (field.name for field in fields(options))  # type: ignore[arg-type] # any dataclass
    return options(**{name: given[name] for name in names if name in given})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which descriptions a command is about, and where their texts come from."""

    paths: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    since: str | None = None
    commit: str | None = None
    from_target: str | None = None
    on_drift: DriftPolicy | None = None
    unmanaged: bool = False


model_option = click.option(
    "--model",
    "models",
    multiple=True,
    metavar="ID",
    help="Only this model; repeatable.",
    shell_complete=complete_model,
)
drift_option = click.option(
    "--on-drift",
    type=click.Choice(["block", "skip", "overwrite"]),
    help="What becomes of texts edited elsewhere; else the target's on_drift.",
)

copy_option = click.option(
    "--from-target",
    metavar="NAME",
    help="Copy that target's texts, instead of what the files say.",
    shell_complete=complete_target,
)


def selection_options(function: Function) -> Function:
    """Add the options that make a Selection; they arrive by the names of its fields."""
    for decorate in reversed(
        [
            click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]..."),
            model_option,
            click.option(
                "--since", metavar="REV", help="Only files changed since the merge base with REV."
            ),
            click.option("--commit", metavar="REV", help="Read the files from that commit."),
            drift_option,
        ]
    ):
        function = decorate(function)
    return function


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """How a command is to report: on stdout, and in files."""

    report_format: Format = "text"
    reports: tuple[tuple[Format, Path], ...] = ()
    max_characters: int = 60_000
    no_media: bool = False

    @property
    def formats(self) -> set[Format]:
        return {self.report_format, *(form for form, _ in self.reports)}


class NewFile(click.Path):
    """A file to be written, in a folder that is there: told before anything else is done."""

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
    type=NewFile(),
    metavar="FILE",
    help="Write what the run did and cost, for Prometheus.",
)


class _Report(click.ParamType[tuple[str, Path]]):
    """FORMAT=FILE."""

    name = "FORMAT=FILE"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        form, _, path = value.partition("=")
        if form not in FORMATS or not path:
            self.fail(f"write FORMAT=FILE, FORMAT being one of {', '.join(FORMATS)}", param, ctx)
        return form, NewFile().convert(path, param, ctx)


def reporting_options(function: Function) -> Function:
    """Add the options that make a Reporting; they arrive by the names of its fields."""
    for decorate in reversed(
        [
            format_option(*FORMATS),
            click.option(
                "--report",
                "reports",
                type=_Report(),
                multiple=True,
                metavar="FORMAT=FILE",
                help="Also report into a file; repeatable.",
            ),
            click.option(
                "--max-characters",
                type=click.IntRange(min=500),
                default=60_000,
                show_default=True,
                metavar="N",
                help="How long a Markdown report may be; it is shortened to fit.",
            ),
            click.option("--no-media", is_flag=True, help="Embed no pictures in an HTML report."),
        ]
    ):
        function = decorate(function)
    return function


def format_option(*formats: str) -> Callable[[Function], Function]:
    """Add --format with these choices, the first of which is the default."""
    return click.option(
        "--format",
        "report_format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to report on stdout.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a command that writes is to go about it."""

    yes: bool = False
    allow_dirty: bool = False
    allow_mass_change: bool = False
    allow_mass_delete: bool = False
    on_error: Literal["continue", "abort"] = "continue"
    lock_timeout: float = 60


def writing_options(function: Function) -> Function:
    """Add the options that make a Writing; they arrive by the names of its fields."""
    for decorate in reversed(
        [
            click.option("--yes", is_flag=True, help="Do not ask."),
            click.option(
                "--allow-dirty", is_flag=True, help="Apply texts that are not committed, too."
            ),
            click.option(
                "--allow-mass-change", is_flag=True, help="Pass limits.max_change_percent."
            ),
            click.option("--allow-mass-delete", is_flag=True, help="Pass limits.max_deletes."),
            click.option(
                "--on-error",
                type=click.Choice(["continue", "abort"]),
                default="continue",
                show_default=True,
                help="What becomes of the rest when one description fails.",
            ),
            click.option(
                "--lock-timeout",
                type=click.FloatRange(min=0),
                default=60,
                show_default=True,
                metavar="SECONDS",
                help="How long to wait for another run of the same target.",
            ),
        ]
    ):
        function = decorate(function)
    return function
