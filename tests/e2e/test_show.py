"""`show`: what Scenario has for one model, for people and for programs."""

import contextlib
import os
import pty
import re

import httpx
import pytest
from processes import LIMIT
from studio import KEY

from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

TEXT = "# Lantern\n\nLit *within*, {asset:asset_film} by {model:flux.1-dev}; {asset:asset_gone}.\n"
# Every property that the reference page lists; a film that is also a mesh.
PROPERTIES = {
    "size": 9204551,
    "animationFrameCount": 3,
    "bitrate": 6400000,
    "boneCount": 4,
    "channels": 2,
    "charCount": 5,
    "classification": "music",
    "codecName": "h264",
    "description": "a hum",
    "dimensions": [1.2, 1.8, 0.9],
    "duration": 83.5,
    "faceCount": 12,
    "format": "glb",
    "frameRate": 24,
    "hasAnimations": True,
    "hasFullPreview": False,
    "hasNormals": True,
    "hasSkeleton": False,
    "hasUVs": True,
    "height": 1080,
    "nbFrames": 192,
    "preview": "Once upon",
    "sampleRate": 44100,
    "transcription": {"text": "Once upon\na time"},
    "vertexCount": 13,
    "width": 1920,
    "wordCount": 2,
    "newInTheApi": {"nested": [1, "two"]},
}


@pytest.fixture
def studio(studio):
    """A repository with a lantern, and a project that knows all but one of its references."""
    seed = {
        "models": {
            "model_lantern": {"name": "Storm Lantern", "description": TEXT},
            "model_bare": {"name": "Bare"},
            "flux.1-dev": {"name": "FLUX.1", "type": "flux.1", "privacy": "public"},
        },
        "assets": {
            "asset_film": {
                "kind": "video",
                "originalMimeType": "video/quicktime",
                "preview": {"assetId": "asset_still"},
                "properties": PROPERTIES,
            }
        },
    }
    studio.store = Store(":memory:", seed=Seed.model_validate(seed))
    studio.serve()
    studio.configure(models={"lantern": "model_lantern"})
    studio.commit({"props/storm.md": "---\nmodel: lantern\n---\nA text of the file.\n"})
    return studio


def show(studio, *words):
    return studio.sync("show", "--format", "json", *words)


def answer(studio, **query):
    """What the server says to anybody who asks for the description."""
    url = f"{studio.url}/models/model_lantern/description"
    return httpx.get(url, params=query, auth=tuple(KEY.values())).json()["description"]


def without_signatures(value):
    """The same, each signature replaced, as it is another one in each answer."""
    match value:
        case dict():
            return {key: without_signatures(each) for key, each in value.items()}
        case list():
            return [without_signatures(each) for each in value]
        case str():
            return re.sub(r"(Expires|Signature)=[^&]+", r"\1=", value)
        case _:
            return value


def test_every_field_of_the_answer_is_in_the_document(studio):
    ran = show(studio, "model_lantern", "--urls")
    assert (ran.code, ran.err, studio.requests) == (0, "", {"GET": 1})
    told = answer(studio)
    assert ran.json["text"] == told["value"] == TEXT
    assert without_signatures(ran.json["assets"]) == without_signatures(told["assets"])
    assert ran.json["models"] == told["models"]
    (asset,) = ran.json["assets"]
    assert asset["properties"] == PROPERTIES
    assert "Signature=" in asset["url"]
    assert ran.json["unresolved"] == [{"kind": "asset", "id": "asset_gone"}]


def test_files_in_their_original_format_are_asked_for(studio):
    (asset,) = show(studio, "model_lantern", "--urls", "--original-assets").json["assets"]
    (told,) = answer(studio, originalAssets="true")["assets"]
    assert "/cdn/original/" in asset["url"]
    assert without_signatures(asset) == without_signatures(told)


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html"])
def test_no_url_is_printed_unasked(studio, form):
    ran = studio.sync("show", "model_lantern", "--format", form)
    assert ran.code == 0
    assert "Signature" not in ran.out
    assert "Signature" in studio.sync("show", "model_lantern", "--urls", "--format", form).out


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_people_see_every_field_too(studio, form):
    out = studio.sync("show", "model_lantern", "--format", form).out
    names = [f"properties.{name}" for name in PROPERTIES.keys() - {"transcription", "newInTheApi"}]
    names += ["properties.transcription.text", "properties.newInTheApi.nested", "preview.assetId"]
    assert [name for name in names if name not in out] == []
    assert "asset_gone" in out


@pytest.mark.parametrize(
    "word", ["model_lantern", "lantern", "descriptions/props/storm.md", "props/storm.md"]
)
def test_a_model_is_an_id_a_file_or_a_name_of_the_config(studio, word):
    assert show(studio, word).json["model"] == "model_lantern"


@pytest.mark.parametrize(
    ("word", "code", "hint"),
    [
        ("storm  lantern", 4, "The id of the model with this name is model_lantern.\n"),
        ("model_lantren", 4, "Did you mean model_lantern?\n"),
        ("Storm Lantren", 4, "Did you mean Storm Lantern (model_lantern)?\n"),
        ("nothing-like-it", 4, "Check project_id and base_url, too.\n"),
        ("props/strom.md", 2, 'Did you mean "props/storm.md"?'),
    ],
)
def test_what_is_no_id_is_told_what_it_may_mean(studio, word, code, hint):
    ran = studio.sync("show", word)
    assert (ran.code, ran.out) == (code, "")
    assert hint in ran.err


def test_a_model_without_a_description_has_no_text(studio):
    ran = show(studio, "model_bare")
    assert (ran.code, ran.json["assets"]) == (0, [])
    assert not ran.json["text"]
    studio.serve("GET:unset=404@model_bare")
    ran = show(studio, "model_bare")
    assert (ran.code, ran.json["text"]) == (0, None)
    assert "no description" in studio.sync("show", "model_bare").out


def test_a_key_that_is_refused_is_not_a_missing_model(studio):
    studio.serve(credentials=("key", "another"))
    assert studio.sync("show", "model_lantern").code == 2


def test_a_server_that_fails_is_not_a_missing_model(studio):
    studio.configure(retries=0)
    studio.serve("GET:500")
    assert studio.sync("show", "model_lantern").code == 1


def test_the_raw_text_is_printed_to_the_byte(studio):
    odd = "\ufeffA  \r\nsecond line\x1b[31m\n\n  "
    studio.store.write_text("model_lantern", odd)
    with studio.running("show", "model_lantern", "--raw") as process:
        out, err = process.stdout.buffer.read(), process.stderr.read()
        assert (process.wait(timeout=LIMIT), err) == (0, "")
    assert out == odd.encode()


@pytest.mark.parametrize("words", [["--urls"], ["--original-assets"], ["--format", "json"]])
def test_the_raw_text_goes_with_nothing_else(studio, words):
    assert studio.sync("show", "model_lantern", "--raw", *words).code == 2


def on_terminal(studio, *words):
    outer, inner = pty.openpty()
    terminal = {"stdin": inner, "stdout": inner, "stderr": inner}
    screen = b""
    with studio.running(*words, **terminal) as process, os.fdopen(outer, "rb", 0) as output:
        os.close(inner)
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            while read := output.read(4096):
                screen += read
        assert process.wait(timeout=LIMIT) == 0
    return screen.decode()


def test_a_terminal_shows_the_text_as_its_readers_see_it(studio, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    screen = on_terminal(studio, "show", "model_lantern")
    assert "\x1b[3mwithin\x1b[0m" in screen
    assert "*within*" not in screen
    assert "# Lantern" not in screen


@pytest.mark.parametrize("word", ["--color=always", "--raw"])
def test_no_text_controls_the_terminal(studio, monkeypatch, word):
    monkeypatch.setenv("TERM", "xterm")
    hostile = "Red \x1b]0;title\x07 and &#27;]0;entity&#7; <b\x1b>\n\n<!-- hidden \x9b31m -->\n"
    studio.store.write_text("model_lantern", hostile)
    screen = on_terminal(studio, "show", "model_lantern", word)
    assert re.sub(r"\x1b\[[\d;]*[mK]|\x1b\[\?25[lh]|[\r\n]", "", screen).isprintable()
    assert "hidden" in screen
    assert "]0;title" in screen
