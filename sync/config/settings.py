"""Read the text of config.yaml into a Config, or report every error in it with its place."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from sync.config.folder_values import (
    DEFAULT_EXCLUDE,
    DEFAULT_FOLDER,
    PATH_PATTERN,
    check_relative_path,
    refuse_slow_pattern,
)
from sync.config.rules import RuleLevels
from sync.config.section import Section
from sync.config.urls import DEFAULT_BASE_URL, check_server_url
from sync.config.yaml import FaultsError, read_yaml, validate_yaml
from sync.errors import ConfigError, UsageError, did_you_mean
from sync.model.changes import DriftPolicy
from sync.model.config_names import ROOT_CONFIGS
from sync.model.target_identity import TargetIdentity

if TYPE_CHECKING:
    from collections.abc import Sequence


def _check_variable_name(name: str) -> str:
    # The value is not shown: it may well be the secret itself.
    if not re.fullmatch(_VARIABLE_PATTERN, name):
        raise ValueError("must be the name of an environment variable, never the secret itself")
    return name


def _check_target_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) or ".." in name:
        raise ValueError("a name has letters, digits, dots, dashes and underscores only")
    if name.endswith((".", ".lock")):
        raise ValueError('a name does not end in "." or ".lock": it becomes part of a git ref')
    return name


def _refuse_boolean(value: object) -> object:
    if value is True:  # which counts as 1 in Python
        raise ValueError("must be a whole number")
    return value


def _check_id(value: str) -> str:
    if not re.fullmatch(_ID, value):
        raise ValueError("must be an id without blanks")
    return value


_VARIABLE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
_NAME_PATTERN = r"^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]*(?<!\.)(?<!\.lock)$"
_ID = r"^[^\s{}\x00-\x1f\x7f]+$"


def _publish_pattern(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


ServerUrl = Annotated[
    str, AfterValidator(check_server_url), WithJsonSchema({"type": "string", "format": "uri"})
]
VariableName = Annotated[
    str, AfterValidator(_check_variable_name), _publish_pattern(_VARIABLE_PATTERN)
]
RelativePath = Annotated[str, AfterValidator(check_relative_path), _publish_pattern(PATH_PATTERN)]
TargetName = Annotated[str, AfterValidator(_check_target_name), _publish_pattern(_NAME_PATTERN)]
Id = Annotated[str, AfterValidator(_check_id), _publish_pattern(_ID)]


class CredentialNames(Section):
    """The environment variables with the credentials; key and secret win over a token."""

    api_key_env: VariableName = "SCENARIO_SDK_API_KEY"
    """The environment variable with the API key."""
    api_secret_env: VariableName = "SCENARIO_SDK_API_SECRET"  # noqa: S105 - a variable's name
    """The environment variable with the secret of the key."""
    jwt_env: VariableName = "SCENARIO_SDK_JWT"
    """The environment variable with a token, used if no key is set."""


class LimitsConfig(Section):
    """How many descriptions one run can replace or delete without an option that allows more."""

    max_change_percent: Annotated[float, Field(ge=0, le=100)] = 30
    """Most descriptions that one run can replace, in percent; known texts that are lost count."""
    min_documents: Annotated[int, Field(ge=0)] = 10
    """With fewer descriptions, max_change_percent does not apply."""
    max_deletes: Annotated[int, Field(ge=0)] = 5
    """Most descriptions that one run can delete; also the most known texts that can be missing."""


class SnapshotsConfig(Section):
    """Where the snapshot ref is shared."""

    push: TargetName | None = None
    """The git remote of the ref: fetched before a run, pushed before and after its writes."""


class IgnoreConfig(Section):
    """The models that commands leave alone unless they are named."""

    models: list[Annotated[str, Field(min_length=1)]] = []  # noqa: RUF012 - pydantic copies it
    """Ids of models without a file, or patterns such as demo-*, to leave alone."""


class TargetConfig(Section):
    """One project of one server."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "required": ["sandbox", "base_url"],
                "properties": {"sandbox": {"type": "string"}},
            }
        }
    )

    sandbox: RelativePath | None = None
    """Database file of a simulated Scenario, relative to this file; needs no network and no key."""
    base_url: ServerUrl = DEFAULT_BASE_URL
    """The address of the API; http is allowed for this machine only."""
    project_id: Id | None = None
    """The project that the key must belong to."""
    credentials: CredentialNames = CredentialNames()
    """The environment variables with the key."""
    on_drift: DriftPolicy = "block"
    """How to handle a text that was changed outside git."""
    prune: bool = False
    """Delete descriptions in Scenario whose file was removed."""
    deploy_branch: Annotated[str, Field(min_length=1)] | None = None
    """The branch that is deployed [default: the HEAD branch of the remote]."""
    requests_per_minute: Annotated[int, Field(ge=0, le=100_000)] = 100
    """Most requests in any minute; 0: unlimited."""
    concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    """Most requests at the same time."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 30
    """Time limit of one request, in seconds."""
    retries: Annotated[int, Field(ge=0, le=100)] = 5
    """Most retries of a request that failed."""
    models: dict[str, Id] = {}  # noqa: RUF012 - pydantic copies it
    """Names of models that files can use, and their ids in this target."""
    assets: dict[str, Id] = {}  # noqa: RUF012 - likewise
    """Names of assets for {asset:@name}, and their ids in this target."""
    snapshots: SnapshotsConfig | None = None
    """For this target, instead of the `snapshots` at the top."""

    @field_validator("base_url")
    @classmethod
    def _refuse_second_kind(cls, base_url: str, info: ValidationInfo) -> str:
        if info.data.get("sandbox"):
            raise ValueError('"sandbox" and "base_url" are both set; keep one of them')
        return base_url


class FolderConfig(Section):
    """The files that are descriptions, and the rules for them; the same for all targets."""

    descriptions: RelativePath = DEFAULT_FOLDER
    """The folder of Markdown files, relative to this file."""
    exclude: list[Annotated[str, AfterValidator(refuse_slow_pattern)]] = [*DEFAULT_EXCLUDE]  # noqa: RUF012 - likewise
    """Files of the folder that are not descriptions, as patterns of gitignore."""
    rules: RuleLevels = RuleLevels()
    """The level of each rule of `check`."""


class Config(FolderConfig):
    """config.yaml."""

    version: Annotated[Literal[1], BeforeValidator(_refuse_boolean)]
    """The version of this file format."""
    limits: LimitsConfig = LimitsConfig()
    """Limits of one run."""
    names: RelativePath | None = None
    """A file with names of models and assets for all targets; `map --write` updates it."""
    snapshots: SnapshotsConfig = SnapshotsConfig()
    """Where the snapshots of replaced texts are shared."""
    ignore: IgnoreConfig = IgnoreConfig()
    """Models that are never listed as unmanaged, pulled with --all, or proposed."""
    targets: Annotated[
        dict[TargetName, TargetConfig],
        Field(min_length=1, json_schema_extra={"additionalProperties": False}),
    ]
    """The Scenario projects, by name."""
    target: str | None = None
    """The target used when --target is not given."""

    @field_validator("target")
    @classmethod
    def _check_default_target(cls, target: str | None, info: ValidationInfo) -> str | None:
        match info.context:  # as they are written: `targets` may have faults of its own
            case {"targets": dict(targets)} if target is not None and target not in targets:
                raise ValueError(
                    f'"{target}" is not one of "targets"{did_you_mean(target, targets)}'
                )
            case _:
                return target

    def get_target(self, name: str | None) -> tuple[str, TargetConfig]:
        """Return the target of that name, or the default target. Raises UsageError."""
        chosen = name or self.target or (next(iter(self.targets)) if len(self.targets) == 1 else "")
        if not chosen:
            raise UsageError(
                "no target given", hint=f"Use --target with one of: {self._target_names}."
            )
        if chosen not in self.targets:
            near = did_you_mean(chosen, self.targets)
            raise UsageError(
                f'config.yaml has no target "{chosen}"{near}',
                hint=f"Its targets: {self._target_names}.",
            )
        return chosen, self.targets[chosen]

    def select_target_names(self, names: Sequence[str], *, all_targets: bool) -> tuple[str, ...]:
        """Return the names, or those of all targets. Raises UsageError if both are given."""
        if not all_targets:
            return tuple(names)
        if names:
            raise UsageError("--all-targets and --target contradict each other", hint="Give one.")
        return tuple(self.targets)

    def is_ignored(self, model: str) -> bool:
        """Return True if a model without a file is to be left alone."""
        return any(fnmatchcase(model, pattern) for pattern in self.ignore.models)

    def get_push_remote(self, target: TargetConfig) -> str | None:
        """Return the git remote that the target's snapshots are pushed to."""
        return (target.snapshots or self.snapshots).push

    @property
    def _target_names(self) -> str:
        return ", ".join(self.targets)


def get_target_identity(
    name: str, target: TargetConfig, *, config: str = ROOT_CONFIGS[0]
) -> TargetIdentity:
    """Return the identity of a target, which a plan and a recording belong to."""
    base_url = f"sandbox:{target.sandbox}" if target.sandbox else target.base_url
    return TargetIdentity(name, base_url, target.project_id, config)


def read_config(text: str, *, path: str) -> Config:
    """Read config.yaml. Raises FaultsError with every fault."""
    return validate_yaml(Config, read_yaml(text, path=path), path=path)


def read_folder_config(text: str) -> FolderConfig:
    """Read the valid folder settings of a faulty config.yaml; faulty keys have their defaults."""
    try:
        document = read_yaml(text, path="")
    except FaultsError:
        return FolderConfig()
    value = document.value if document.is_mapping else {}
    given = {key: value[key] for key in FolderConfig.model_fields if key in value}
    try:
        return FolderConfig.model_validate(given)
    except ValidationError as error:
        wrong = {fault["loc"][0] for fault in error.errors(include_input=False)}
        return FolderConfig.model_validate({key: given[key] for key in given if key not in wrong})


def parse_config(text: str, *, path: str) -> Config:
    """Read config.yaml. Raises ConfigError with one line per error: `path:line:column: …`."""
    try:
        return read_config(text, path=path)
    except FaultsError as error:
        raise ConfigError(
            str(error), hint="docs/reference.md lists every key of config.yaml."
        ) from None
