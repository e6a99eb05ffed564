import pytest

from sync.config.rules import RuleLevels
from sync.config.settings import (
    Config,
    CredentialNames,
    FolderConfig,
    LimitsConfig,
    SnapshotsConfig,
    TargetConfig,
    get_target_identity,
    parse_config,
    read_folder_config,
)
from sync.config.urls import is_loopback
from sync.errors import ConfigError, UsageError
from sync.model.target_identity import TargetIdentity

ONE = "version: 1\ntargets: {a: {}}\n"
FULL = """\
version: 1
descriptions: ./texts/models
exclude: ["**/README.md", "drafts/"]
target: sandbox
limits: {max_change_percent: 12.5, min_documents: 1, max_deletes: 0}
snapshots: {push: origin}
targets:
  sandbox:
    sandbox: .description-sync/sandbox.sqlite3
    snapshots: {push: null}
  production:
    base_url: https://api.example.com/v1/
    project_id: proj_xxx
    credentials: {api_key_env: KEY, api_secret_env: SECRET, jwt_env: TOKEN}
    on_drift: skip
    prune: true
    deploy_branch: origin/main
    requests_per_minute: 0
    concurrency: 16
    timeout: 2.5
    retries: 0
    models: {hero: model_abc}
    assets: {logo: asset_abc}
"""


def faults(text):
    with pytest.raises(ConfigError) as caught:
        parse_config(text, path="config.yaml")
    return caught.value.message.split("\n")


def in_target(text):
    return faults(f"version: 1\ntargets:\n  a: {{{text}}}\n")


def test_what_is_left_out_has_its_default():
    config = parse_config(ONE, path="config.yaml")
    assert config == Config(
        version=1,
        descriptions="descriptions",
        exclude=["**/README.md"],
        target=None,
        limits=LimitsConfig(max_change_percent=30, min_documents=10, max_deletes=5),
        targets={
            "a": TargetConfig(
                base_url="https://api.cloud.scenario.com/v1",
                credentials=CredentialNames(
                    api_key_env="SCENARIO_SDK_API_KEY",
                    api_secret_env="SCENARIO_SDK_API_SECRET",
                    jwt_env="SCENARIO_SDK_JWT",
                ),
                on_drift="block",
                prune=False,
                requests_per_minute=100,
                concurrency=8,
                timeout=30,
                retries=5,
            )
        },
    )


def test_every_key_is_read():
    config = parse_config(FULL, path="config.yaml")
    assert config.descriptions == "texts/models"
    assert config.limits == LimitsConfig(max_change_percent=12.5, min_documents=1, max_deletes=0)
    assert config.targets["production"] == TargetConfig(
        base_url="https://api.example.com/v1",
        project_id="proj_xxx",
        credentials=CredentialNames(api_key_env="KEY", api_secret_env="SECRET", jwt_env="TOKEN"),
        on_drift="skip",
        prune=True,
        deploy_branch="origin/main",
        requests_per_minute=0,
        concurrency=16,
        timeout=2.5,
        retries=0,
        models={"hero": "model_abc"},
        assets={"logo": "asset_abc"},
    )


def test_a_target_may_keep_its_snapshots_to_itself():
    config = parse_config(FULL, path="config.yaml")
    assert config.snapshots == SnapshotsConfig(push="origin")
    assert config.get_push_remote(config.targets["production"]) == "origin"
    assert config.get_push_remote(config.targets["sandbox"]) is None


def test_every_fault_is_named_at_once_with_its_place():
    text = (
        "version: 2\n"
        "descriptions: ../elsewhere\n"
        "targts: {}\n"
        "target: prod\n"
        "targets:\n"
        "  production:\n"
        "    concurency: 3\n"
        "    prune: 'yes'\n"
        "    base_url: http://api.example.com\n"
        "    credentials: {api_key: k, jwt_env: 'eyJhbGciOi.x.y'}\n"
        "  production: {}\n"
    )
    assert faults(text) == [
        "config.yaml:1:1: version: must be 1",
        "config.yaml:2:1: descriptions: must be a path below the folder of config.yaml",
        'config.yaml:3:1: unknown key "targts". Did you mean "targets"?',
        'config.yaml:4:1: target: "prod" is not one of "targets"',
        'config.yaml:7:5: unknown key "concurency". Did you mean "concurrency"?',
        "config.yaml:8:5: targets.production.prune: must be true or false",
        (
            "config.yaml:9:5: targets.production.base_url: plain http would send the key "
            "unencrypted: use https"
        ),
        'config.yaml:10:19: unknown key "api_key". Did you mean "api_key_env"?',
        (
            "config.yaml:10:31: targets.production.credentials.jwt_env: must be the name of "
            "an environment variable, never the secret itself"
        ),
        'config.yaml:11:3: the key "production" occurs twice',
    ]


def test_where_the_keys_are_explained_is_told():
    with pytest.raises(ConfigError) as caught:
        parse_config("", path="config.yaml")
    assert caught.value.hint == "docs/reference.md lists every key of config.yaml."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", ["config.yaml:1:1: must be a mapping (key: value)"], id="nothing"),
        pytest.param(
            "\ntargets: {a: {}}\n", ['config.yaml:2:1: the key "version" is missing'], id="a key"
        ),
    ],
)
def test_what_is_missing_is_named(text, expected):
    assert faults(text) == expected


@pytest.mark.parametrize("name", ["sandbox", "models"])
def test_a_target_may_be_named_like_a_key(name):
    assert faults(f"version: 1\ntargets: {{{name}: {{concurency: 3}}}}") == [
        f'config.yaml:2:{len(name) + 14}: unknown key "concurency". Did you mean "concurrency"?'
    ]


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("texts/models", "texts/models"),
        ("./texts/./models/", "texts/models"),
        ("TeX/", "TeX"),
        ("a\\b", "a/b"),
    ],
)
def test_the_folder_may_be_written_in_more_ways_than_one(path, folder):
    config = parse_config(f"descriptions: {path}\n{ONE}", path="c")
    assert config.descriptions == folder


@pytest.mark.parametrize(
    "path", ["", "/x", "\\x", "..", "x/../y", "x\\..\\y", "c:/x", "C:x", "../x"]
)
def test_the_folder_is_below_the_configuration(path):
    assert faults(f"descriptions: '{path}'\n{ONE}") == [
        "config.yaml:1:1: descriptions: must be a path below the folder of config.yaml"
    ]


def test_the_version_is_a_number():
    assert faults("version: true\ntargets: {a: {}}\n") == [
        "config.yaml:1:1: version: must be a whole number"
    ]


def test_a_secret_in_the_wrong_place_is_not_repeated():
    assert "sk-live-1" not in "\n".join(in_target("credentials: {api_secret_env: sk-live-1}"))


A_URL = 'base_url: a URL such as "https://api.cloud.scenario.com/v1" is needed'
A_BARE_URL = "base_url: must be a URL without credentials, query and fragment"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("base_url: ftp://x", A_URL),
        ("base_url: 'https:///v1'", A_URL),
        ("base_url: https://\u00fc.example", A_URL),
        ("base_url: 'https://key:secret@x'", A_BARE_URL),
        ("base_url: 'https://x/?key=secret'", A_BARE_URL),
        ("base_url: 'https://x/#secret'", A_BARE_URL),
        ("base_url: 'https://[::1'", "base_url: not a URL"),
        ("base_url: 'https://x:port'", "base_url: not a URL"),
        (
            "sandbox: a.sqlite3, base_url: 'https://x'",
            "are both set; keep one of them",
        ),
        ("sandbox: ''", "must be a path below the folder of config.yaml"),
        ("concurrency: 0", "greater than or equal to 1"),
        ("timeout: 0", "greater than 0"),
        ("retries: -1", "greater than or equal to 0"),
        ("requests_per_minute: true", "must be a whole number"),
        ("on_drift: ask", "must be 'block', 'skip' or 'overwrite'"),
        ("models: {hero: 'a b'}", "must be an id without blanks"),
        ("models: [hero]", "must be a mapping (key: value)"),
    ],
)
def test_what_a_target_may_not_say(text, expected):
    (fault,) = in_target(text)
    assert fault.endswith(expected)


@pytest.mark.parametrize("url", ["http://127.0.0.1:80/v1", "http://localhost/X/", "http://[::1]/"])
def test_plain_http_is_fine_on_this_machine(url):
    config = parse_config(f"version: 1\ntargets: {{a: {{base_url: '{url}'}}}}", path="c")
    assert config.targets["a"].base_url == url.rstrip("/")


@pytest.mark.parametrize("name", ["a", "7", "EU.prod_2-x"])
def test_a_targets_name_may_have_dots_and_dashes(name):
    assert (
        parse_config(f"version: 1\ntargets: {{'{name}': {{}}}}", path="c").get_target(name)[0]
        == name
    )


LETTERS = "a name has letters, digits, dots, dashes and underscores only"
ENDING = 'a name does not end in "." or ".lock": it becomes part of a git ref'


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("..", LETTERS),
        ("a/b", LETTERS),
        ("-x", LETTERS),
        ("a b", LETTERS),
        ("a..b", LETTERS),
        ("a.", ENDING),
        ("a.lock", ENDING),
    ],
)
def test_a_targets_name_is_fit_for_a_git_ref(name, expected):
    (fault,) = faults(f"version: 1\ntargets: {{'{name}': {{}}}}")
    assert fault.startswith("config.yaml:2:11: ")
    assert fault.endswith(expected)


def test_a_default_that_is_no_target_is_a_fault():
    text = "version: 1\ntarget: sandbx\ntargets: {sandbox: {}}\n"
    assert faults(text) == [
        'config.yaml:2:1: target: "sandbx" is not one of "targets". Did you mean "sandbox"?'
    ]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("sandbx", ['target: "sandbx" is not one of "targets". Did you mean "sandbox"?']),
        ("sandbox", []),
    ],
)
def test_a_default_is_looked_at_though_the_targets_have_faults(target, expected):
    text = f"version: 1\ntarget: {target}\ntargets: {{sandbox: {{foo: 1}}}}\n"
    assert faults(text) == [
        *(f"config.yaml:2:1: {each}" for each in expected),
        'config.yaml:3:21: unknown key "foo"',
    ]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [(ONE, None, "a"), (FULL, None, "sandbox"), (FULL, "production", "production")],
)
def test_which_target_is_meant(text, name, expected):
    assert parse_config(text, path="c").get_target(name)[0] == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (
            FULL,
            "prodution",
            (
                'config.yaml has no target "prodution". Did you mean "production"?',
                "Its targets: sandbox, production.",
            ),
        ),
        (
            "version: 1\ntargets: {a: {}, b: {}}\n",
            None,
            ("no target given", "Use --target with one of: a, b."),
        ),
    ],
)
def test_no_target_is_guessed(text, name, expected):
    with pytest.raises(UsageError) as caught:
        parse_config(text, path="c").get_target(name)
    assert (caught.value.message, caught.value.hint) == expected


def test_an_embedded_sandbox_is_known_by_its_file():
    config = parse_config(FULL, path="c")
    assert get_target_identity("sandbox", config.targets["sandbox"]) == TargetIdentity(
        "sandbox", "sandbox:.description-sync/sandbox.sqlite3", None
    )
    assert get_target_identity("production", config.targets["production"]) == TargetIdentity(
        "production", "https://api.example.com/v1", "proj_xxx"
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False), ("x", False)],
)
def test_which_hosts_are_this_machine(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("descriptions: [", FolderConfig(), id="no YAML"),
        pytest.param("- descriptions", FolderConfig(), id="no mapping"),
        pytest.param("", FolderConfig(), id="nothing"),
        pytest.param(
            "version: 2\ndescriptions: texts\nrules: {overlong: off}\n",
            FolderConfig(
                descriptions="texts", rules=RuleLevels.model_validate({"overlong": "off"})
            ),
            id="faults elsewhere",
        ),
        pytest.param(
            "descriptions: 3\nexclude: [drafts/]\nrules: {overlong: {max_bytes: x}}\n",
            FolderConfig(exclude=["drafts/"]),
            id="faults in it",
        ),
    ],
)
def test_what_a_faulty_config_still_says(text, expected):
    assert read_folder_config(text) == expected
