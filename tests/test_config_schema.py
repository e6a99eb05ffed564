import json

import httpx
import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.cli import main
from sync.config.json_schema import render_config_schema
from sync.config.settings import read_config
from sync.config.urls import check_server_url, is_loopback
from sync.config.yaml import FaultsError
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_document
from sync.descriptions.json_schema import render_front_matter_schema
from sync.model.document import InvalidFile

FORMATS = jsonschema.FormatChecker([])


@FORMATS.checks("uri", raises=ValueError)
def is_uri(value):
    """The schema leaves the form of an address to the reader's format "uri": here, our own rule."""
    return not isinstance(value, str) or bool(check_server_url(value))


CONFIG = jsonschema.Draft202012Validator(json.loads(render_config_schema()), format_checker=FORMATS)
FRONT_MATTER = jsonschema.Draft202012Validator(json.loads(render_front_matter_schema()))

# What a key may hold is drawn from all of these, whatever the key is about. YAML tells 1.0 from 1
# and JSON Schema doesn't, so that there are no whole numbers with a point.
PLAIN = st.sampled_from(
    [
        *["", ".", "..", "a", "a/../b", "../a", "a/..", "/a", "\\a", "C:a", "a/b", "a b", "é"],
        *["a.b", "a..b", "a.lock", "-a", "1a", "A_1", "{a}", "a\tb", "block", "skip", "merge"],
        *["error", "warning", "info", "off", "none", "https://api.example.com/v1", "HTTPS://a"],
        *["http://a.example", "http://127.0.0.1:80/v1", "http://localhost/v1", "https://a/?b"],
        *[0, 1, 64, 65, 100, 101, 3600, 3601, -1, 0.5, 99.5, 100.5, -0.5, 3600.5],
        *["http://localhost", "http://LOCALHOST:80", "https://a b", "https://a:99999", False],
        *[True, None],
    ]
)
VALUES = st.one_of(
    PLAIN,
    PLAIN,
    st.lists(PLAIN, max_size=2),
    st.dictionaries(st.sampled_from(["a", "b c", "level"]), PLAIN, max_size=2),
)


FITTING = {
    "string": st.sampled_from(["a", "A_1", "https://api.example.com/v1"]),
    "integer": st.sampled_from([0, 1, 64, 65, 100, 101]),
    "number": st.sampled_from([0.5, 99.5, 100.5, 3600]),
    "boolean": st.booleans(),
    "null": st.none(),
    "array": st.just([]),
    "object": st.just({}),
}


def resolved(schema):
    return DEFINITIONS.get(schema.get("$ref", "").rpartition("/")[2], schema)


def likely(schema):
    """A value that may well stand where this schema holds."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return st.one_of(*map(likely, schema["anyOf"]))
    return st.sampled_from(schema["enum"]) if "enum" in schema else FITTING[schema["type"]]


def places(schema):
    """Every key that may stand somewhere in what the schema describes, with a likely value."""
    for part in resolved(schema).get("anyOf", ()):
        yield from places(part)
    for key, value in resolved(schema).get("properties", {}).items():
        yield (key,), likely(value)
        yield from (((key, *rest), values) for rest, values in places(value))
    for value in resolved(schema).get("patternProperties", {}).values():
        yield from ((("production", *rest), values) for rest, values in places(value))


SCHEMA = json.loads(render_config_schema())
DEFINITIONS = SCHEMA["$defs"]
# Whether `target` is one of `targets` the program alone can tell.
PLACES = {place: values for place, values in places(SCHEMA) if place != ("target",)}
STRANGERS = [("surprise",), ("limits", "surprise"), ("targets", "no name"), ("targets", "other")]
EDITS = st.sampled_from([*PLACES, *STRANGERS]).flatmap(
    lambda place: st.tuples(
        st.just(place), st.one_of(PLACES.get(place, VALUES), PLACES.get(place, VALUES), VALUES)
    )
)


def with_value(config, place, value):
    """The config with this value at its place, in sections that are made where there are none."""
    key, *rest = place
    section = config if isinstance(config, dict) else {}
    return section | {key: with_value(section.get(key), rest, value) if rest else value}


@st.composite
def configs(draw):
    config = {"version": 1, "targets": {"production": {}}}
    for place, value in draw(st.lists(EDITS, max_size=4)):
        config = with_value(config, place, value)
    return config


def accepts(config):
    try:
        read_config(yaml.safe_dump(config, allow_unicode=True), path="config.yaml")
    except FaultsError:
        return False
    return True


@settings(max_examples=4 * settings.default.max_examples)
@given(configs())
def test_the_schema_of_config_yaml_is_what_the_program_accepts(config):
    assert CONFIG.is_valid(config) == accepts(config)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param({"version": 1, "targets": {"a": {}}}, True, id="the least"),
        pytest.param({"targets": {"a": {}}}, False, id="no version"),
        pytest.param({"version": 2, "targets": {"a": {}}}, False, id="another version"),
        pytest.param({"version": True, "targets": {"a": {}}}, False, id="a version that is true"),
        pytest.param(
            {"version": 1, "targets": {"a": {}}, "rules": {"raw-html": False}},
            True,
            id="off, as YAML 1.1 reads it",
        ),
        pytest.param({"version": 1}, False, id="no targets"),
        pytest.param({"version": 1, "targets": {}}, False, id="empty targets"),
        pytest.param({"version": 1, "targets": {"a b": {}}}, False, id="a name with a blank"),
        pytest.param(
            {"version": 1, "targets": {"a": {"sandbox": "s", "base_url": "https://x/"}}},
            False,
            id="a target of both kinds",
        ),
        pytest.param(
            {"version": 1, "targets": {"a": {"sandbox": None, "base_url": "https://x/"}}},
            True,
            id="a kind that is null",
        ),
        pytest.param(
            {"version": 1, "targets": {"a": {}}, "rules": {"overlong": "off"}},
            True,
            id="a level in place of the section",
        ),
    ],
)
def test_schema_and_program_agree_on(config, expected):
    assert (CONFIG.is_valid(config), accepts(config)) == (expected, expected)


def test_what_the_program_alone_can_tell_passes_the_schema():
    config = {"version": 1, "target": "b", "targets": {"a": {}}}
    assert (CONFIG.is_valid(config), accepts(config)) == (True, False)


HOSTS = st.one_of(
    st.sampled_from(
        [
            *["localhost", "LOCALHOST", "localhost.evil", "127.0.0.1", "127.0.0.1.evil.com"],
            *["127.1.2.255", "127.1.2.256", "127.1", "127.00.0.1", "0.0.0.1", "a", "a_b.c-d", ""],
            *["u:p@a", "@a", "a b", "ä.de", "-a", ".a", "[::1]", "[::1", "::1", "[v1.a]"],
            *[
                "[1:2:3:4:5:6:7:8]",
                "[1:2:3:4:5:6:7::]",
                "[::2:3:4:5:6:7:8]",
                "[1::8:]",
                "[fe80::%1]",
            ],
            *[
                "[1:2:3:4::5:6:7:8]",
                "[1:2:3:4:5:6:7]",
                "[:1::]",
                "[:::]",
                "[::]",
                "[::ffff:1.2.3.4]",
            ],
        ]
    ),
    st.lists(st.sampled_from(["1", "a9", "Ffff", "12345", "g", ""]), min_size=1, max_size=10).map(
        lambda groups: f"[{':'.join(groups)}]"
    ),
)
URLS = st.tuples(
    st.sampled_from(["https://", "http://", "HTTP://", "hTTps://", "ftp://", "https:", "//", ""]),
    HOSTS,
    st.sampled_from(["", "", ":", ":0", ":80", ":65535", ":65536", ":99999", ":00080", ":x", ":²"]),
    st.sampled_from(["", "/", "/v1", "/v1/", "//", "/a b", "/é", "?x", "/?", "#", "/#f", '/"%~\\']),
).map("".join)


@settings(max_examples=10 * settings.default.max_examples)
@given(URLS)
def test_an_accepted_address_is_one_that_the_client_can_use(url):
    if accepts({"version": 1, "targets": {"a": {"base_url": url}}}):
        parsed = httpx.URL(url)
        assert parsed.host
        assert parsed.scheme == "https" or is_loopback(parsed.host)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        *[(url, True) for url in ("http://localhost", "http://LOCALHOST/v1", "https://a.b:443/v1")],
        *[(url, True) for url in ("http://[::1]:3/v1", "https://[2001:db8::1]", "https://a/%20")],
        *[(url, False) for url in ("https://a b", "https://u:p@a", "http://localhost.evil")],
        *[(url, False) for url in ("http://127.0.0.1.evil.com", "https://a:99999", "https://a?b")],
        *[(url, False) for url in ("http://a", "https://[:::]", "https://", "https:///v1", "a")],
        *[(url, False) for url in ("ftp://a", "https:a", "https://\u00fc.example", "https://a\\b")],
        *[(url, False) for url in ("https://a#", "https://%41", "https://a\n", "https://-")],
    ],
)
def test_an_address_is_one_that_credentials_may_be_sent_to(url, expected):
    assert accepts({"version": 1, "targets": {"a": {"base_url": url}}}) == expected


FRONT_MATTERS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["model", "models", "protected", "surprise"], VALUES)
)


@settings(max_examples=2 * settings.default.max_examples)
@given(FRONT_MATTERS)
def test_the_schema_of_front_matter_is_what_the_program_accepts(front):
    text = f"---\n{yaml.safe_dump(front, allow_unicode=True)}---\nText.\n"
    document = read_document("a.md", text.encode(), Aliases("production"), folder="descriptions")
    assert FRONT_MATTER.is_valid(front) != isinstance(document, InvalidFile)


@pytest.mark.parametrize("subject", ["config", "front-matter", "plan", "apply"])
def test_each_schema_is_printed_and_is_one(subject, capsys):
    assert main(["schema", subject]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


def test_that_of_config_yaml_is_the_default(capsys):
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == render_config_schema()


def test_every_key_says_what_it_is_for():
    schema = json.loads(render_config_schema())
    sections = [schema, *schema["$defs"].values()]
    silent = [
        key
        for section in sections
        for key, value in section["properties"].items()
        if not value.get("description")
    ]
    assert silent == ["level", "max_characters"]  # of `overlong`: their names say it


def test_an_unknown_subject_is_told_the_known_ones(capsys):
    assert main(["schema", "confg"]) == 2
    assert "'config', 'names', 'front-matter', 'plan', 'apply'" in capsys.readouterr().err
