"""The README's pictures, drawn from what the program really prints.

    python tests/pictures.py --write

runs `plan` in the project of tests/story.py and writes `docs/pictures/plan.svg`, the terminal, and
`docs/pictures/report.png`, the HTML report in Chromium (Debian's package `chromium`).
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from repositories import HERMETIC
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from story import write_story

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
WIDTH = 100  # columns
PAGE = (1000, 900)  # pixels
FONTS = "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
# Rich's own frame fetches a font from a server; this one takes what the reader's system has.
FRAME = f"""\
<svg viewBox="0 0 {{width}} {{height}}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>description-sync plan</title>
<style>
.{{unique_id}}-matrix {{{{ font: {{char_height}}px {FONTS}; line-height: {{line_height}}px }}}}
.{{unique_id}}-title {{{{ font: bold 18px sans-serif }}}}
{{styles}}
</style>
<defs>
<clipPath id="{{unique_id}}-clip-terminal">
<rect x="0" y="0" width="{{terminal_width}}" height="{{terminal_height}}"/>
</clipPath>
{{lines}}
</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})"
 clip-path="url(#{{unique_id}}-clip-terminal)">
{{backgrounds}}
<g class="{{unique_id}}-matrix">
{{matrix}}
</g>
</g>
</svg>
"""


def plan(folder: Path, *options: str) -> str:
    """What `plan` prints in the story's repository, in colours."""
    write_story(folder)
    return subprocess.run(
        [sys.executable, "-m", "sync", "--color", "always", "plan", *options],
        cwd=folder,
        env=os.environ | HERMETIC | {"COLUMNS": str(WIDTH), "CI": ""},
        encoding="utf-8",
        stdout=subprocess.PIPE,
        check=True,
    ).stdout


def draw_terminal(output: str) -> str:
    """A terminal with the command and its output, as SVG."""
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ description-sync plan\n{output}"))
    return console.export_svg(
        title="description-sync", theme=MONOKAI, code_format=FRAME, unique_id="plan"
    )


def draw_page(page: Path, picture: Path) -> None:
    """The page as Chromium shows it, as PNG."""
    width, height = PAGE
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                *(shutil.which("chromium") or "chromium", "--headless", "--no-sandbox"),
                *("--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"),
                *(f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri()),
            ],
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )
    Image.open(picture).convert("RGB").quantize(64).save(picture, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the README's pictures.")
    parser.add_argument("--write", action="store_true", required=True)
    parser.parse_args()
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "report.html"
        (PICTURES / "plan.svg").write_text(
            draw_terminal(plan(folder / "story", "--report", f"html={page}")), encoding="utf-8"
        )
        draw_page(page, PICTURES / "report.png")


if __name__ == "__main__":
    main()
