"""Render the JSON Schema of front matter."""

from __future__ import annotations

from sync.config.json_schema import render_model_schema
from sync.descriptions.front_matter import FrontMatter


def render_front_matter_schema() -> str:
    """Render the JSON Schema of the YAML between the `---` lines."""
    return render_model_schema(FrontMatter)
