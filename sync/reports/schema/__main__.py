"""`python -m sync.reports.schema` writes the schemas beside this module anew."""

from pathlib import Path

from sync.reports.schema import KINDS, report_schema

for kind in KINDS:
    Path(__file__).with_name(f"{kind}.json").write_text(report_schema(kind), encoding="utf-8")
