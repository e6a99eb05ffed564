"""The base of what people write in YAML, and the docs of its keys."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping of YAML; unknown keys are errors, and a key's docs stand below it as a string.

    The docs are read only where they are needed: pydantic's `use_attribute_docstrings` would parse
    the source at each start.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


def read_key_docs(section: type[BaseModel]) -> dict[str, str]:
    """Read the docs of each key of a section, by the key as it is written in YAML."""
    docs: dict[str, str] = {}
    for base in reversed(section.__mro__):
        if issubclass(base, Section) and base is not Section:
            docs |= _read_attribute_docs(base)
    return {
        field.alias or name: docs[name]
        for name, field in section.model_fields.items()
        if name in docs
    }


def _read_attribute_docs(section: type[BaseModel]) -> dict[str, str]:
    """Read the strings below the attributes that the class itself defines."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(section))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    docs = {}
    for attribute, below in pairwise(body):
        match attribute, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(about))),
            ):
                docs[name] = inspect.cleandoc(about)
            case _:
                pass
    return docs
