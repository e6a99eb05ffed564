"""The table of names: which id a model or an asset has in each target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field

from sync.config.section import Section
from sync.config.settings import Config, Id, RelativePath, TargetConfig, TargetName
from sync.config.yaml import FaultsError, YamlDocument, read_yaml, validate_yaml
from sync.errors import did_you_mean
from sync.model.document import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


DEFAULT_NAMES_FILE: RelativePath = "names.yaml"
MAX_NAMES_NODES = 500_000  # a table of 100,000 names with ids in four targets
NameSection: TypeAlias = Literal["models", "assets"]
NAME_SECTIONS: tuple[NameSection, ...] = ("models", "assets")


def _check_name(name: str) -> str:
    if name.startswith("@"):
        raise ValueError('a name is written here without its "@"')
    return name


Name = Annotated[Id, AfterValidator(_check_name)]
IdsByTarget = dict[TargetName, Id]


class NamesTable(Section):
    """names.yaml: for each name, the id that it stands for in each target."""

    model_config = ConfigDict(json_schema_extra={"title": "names.yaml"})

    models: Annotated[dict[Name, IdsByTarget] | None, Field()] = None
    """Names of models, each with the model's id in every target that has it."""
    assets: Annotated[dict[Name, IdsByTarget] | None, Field()] = None
    """Names of assets, each with the asset's id in every target that has it."""

    def get_section(self, section: NameSection) -> Mapping[str, IdsByTarget]:
        """Return the names of one kind; an empty mapping if the file has none."""
        return (self.models if section == "models" else self.assets) or {}

    def list_names(self, section: NameSection, target: str) -> dict[str, str]:
        """List the ids that a target has, by name."""
        names = self.get_section(section).items()
        return {name: ids[target] for name, ids in names if target in ids}


EMPTY_NAMES = NamesTable.model_construct()  # cheap: builds no validator


def read_names(text: str, *, path: str) -> tuple[NamesTable, YamlDocument]:
    """Read names.yaml; an empty file has no names. Raises FaultsError with every fault."""
    document = read_yaml(text, path=path, max_nodes=MAX_NAMES_NODES)
    if document.value is None and not document.faults:
        return EMPTY_NAMES, document
    return validate_yaml(NamesTable, document, path=path), document


def check_names(config: Config, table: NamesTable, document: YamlDocument, *, path: str) -> None:
    """Check the table against config.yaml.

    Raises FaultsError with all targets that do not exist, and all names that config.yaml gives
    another id.
    """
    if faults := [*_find_contradictions(config, table, document, path=path)]:
        raise FaultsError(faults)


def add_names(config: Config, table: NamesTable) -> Config:
    """Return the config whose targets have these names as well."""
    targets = {
        name: target.model_copy(
            update={
                section: {**_get_names(target, section), **table.list_names(section, name)}
                for section in NAME_SECTIONS
            }
        )
        for name, target in config.targets.items()
    }
    return config.model_copy(update={"targets": targets})


def _get_names(target: TargetConfig, section: NameSection) -> Mapping[str, str]:
    return target.models if section == "models" else target.assets


def _find_contradictions(
    config: Config, table: NamesTable, document: YamlDocument, *, path: str
) -> Iterator[Fault]:
    for section in NAME_SECTIONS:
        for name, ids in table.get_section(section).items():
            for target, id_ in ids.items():
                place = document.positions.get((section, name, target), (1, 1))
                if target not in config.targets:
                    near = did_you_mean(target, config.targets)
                    message = f'"{target}" is not a target of config.yaml{near}'
                    yield Fault(path, *place, message)
                elif (other := _get_names(config.targets[target], section).get(name, id_)) != id_:
                    message = (
                        f'"{name}" is {id_} here, but {other} in targets.{target}.{section} of '
                        "config.yaml; keep one of them"
                    )
                    yield Fault(path, *place, message)
