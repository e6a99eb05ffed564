"""`python -m sync.reports.schema` writes the schema files in this folder again."""

from pathlib import Path

from sync.reports.schema import DOCUMENT_KINDS, render_report_schema

for kind in DOCUMENT_KINDS:
    Path(__file__).with_name(f"{kind}.json").write_text(
        render_report_schema(kind), encoding="utf-8"
    )
