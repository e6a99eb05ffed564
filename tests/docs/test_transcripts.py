"""Every page that shows commands with their outputs is true."""

from pathlib import Path

import pytest
from transcripts import run, settled

ROOT = Path(__file__).parents[2]
PAGES = [page for page in sorted(ROOT.glob("docs/*.md")) if "```console\n" in page.read_text()]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_reader_sees_what_the_page_shows(path, tmp_path):
    page = path.read_text()
    told = run(page, folder=tmp_path)
    assert settled(told) == settled(page), f"python tests/docs/transcripts.py --write {path}"


def test_one_shell_runs_the_whole_page(tmp_path):
    page = """\
```sh notes/hello.txt
it's "me"
```

````console
$ cd notes && export WHO=you && false
$ echo $? && cat hello.txt
1
it's "me"
$ printf '%s\\n' \\
>   $WHO '```'
you
```
````

```sh
echo this is no transcript
```

```console
$ basename "$PWD"
notes
```
"""
    assert run(page, folder=tmp_path) == page


def test_what_is_served_is_there_to_the_end_of_the_page_at_a_port_that_is_free(tmp_path):
    page = """\
```console
$ description-sync sandbox serve --port 1 &
listening on http://127.0.0.1:1/v1
$ curl --silent --user key:secret http://127.0.0.1:1/v1/models/flux.1-dev/description
{"description":{"value":"The base model of most of our LoRAs.\\n","assets":[],"models":[]}}
```
"""
    assert run(page, folder=tmp_path) == page


def test_a_minute_goes_by_between_two_commands(tmp_path):
    page = """\
```console
$ git init --quiet && git commit --quiet --allow-empty --message One
$ git commit --quiet --allow-empty --message Two
$ git log --format='%s by %an, %ct'
Two by Ada Painter, 1790000120
One by Ada Painter, 1790000060
```
"""
    assert run(page, folder=tmp_path) == page


@pytest.mark.parametrize(
    ("page", "another", "alike"),
    [
        pytest.param("at 1a2b3c4, 1a2b3c4", "at 9f8e7d6, 9f8e7d6", True, id="other commits"),
        pytest.param("at 1a2b3c4, 1a2b3c4", "at 9f8e7d6, 1a2b3c4", False, id="who is who"),
        pytest.param("1a2b3c4 1a2b3c4d", "9f8e7d6 9f8e7d65", True, id="an id cut short"),
        pytest.param("defaced", "effaced", False, id="words"),
        pytest.param("model_4kr6JEUg", "model_5kr6JEUg", False, id="models"),
        pytest.param("20261123-101500-3f2a", "20271231-235959-0000", True, id="other runs"),
        pytest.param("on 2026-11-23 10:15 UTC", "on 2027-01-02 03:04 UTC", True, id="times"),
        pytest.param(
            "Mon Nov 23 10:15:00 2026 +0000", "Sat Jan 2 03:04:05 2027 +0000", True, id="git"
        ),
        pytest.param("answered in 0.04 s", "answered in 0.10 s", True, id="measured"),
        pytest.param("git 2.39.5", "git 2.51.0", True, id="git's version"),
        pytest.param("2 written", "3 written", False, id="counts"),
    ],
)
def test_only_ids_and_times_may_differ(page, another, alike):
    assert (settled(page) == settled(another)) is alike
