"""Streams that are closed or full, and a process that lacks what it needs: a word, no traceback."""

import gzip
import os
import resource
import subprocess
import sys

import httpx
import pytest

from sync.scenario.connections import _make_decoder


@pytest.fixture
def one(studio):
    """One creation to be written."""
    studio.commit({"hero.md": "Hero\n"})
    studio.remote({"hero": None})
    return studio


def run(studio, shell, **more):
    """Run a line of the shell in which `sync` is the command."""
    command = f'sync() {{ {sys.executable} -m sync "$@"; }}\n{shell}'
    return subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=studio.repo.path,
        text=True,
        capture_output=True,
        check=False,
        **more,
    )


@pytest.mark.parametrize("stream", [">/dev/full", ">&-"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("plan", 1),
        ("plan --exit-code", 3),
        ("apply --yes", 0),
        ("check", 1),
        ("schema", 1),
        ("--help", 1),
    ],
)
def test_a_stdout_that_takes_nothing_is_told(one, words, code, stream):
    ran = run(one, f"sync {words} {stream}")
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
    assert ran.stderr.count("error: ") == 1
    assert ("hero" in one.texts) == words.startswith("apply")


def test_a_reader_that_hangs_up_is_told(one):
    ran = run(one, 'sync plan --format json | true; exit "${PIPESTATUS[0]}"')
    assert ran.returncode in {0, 1}  # the pipe may hold the report before its reader ends
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("stream", ["2>/dev/full", "2>&-"])
def test_a_stderr_that_takes_nothing_changes_nothing(one, stream):
    assert run(one, f"sync plan --exit-code {stream}").returncode == 3
    assert run(one, f"sync plan --no-such-option {stream}").returncode == 2


def test_a_working_directory_that_was_deleted_is_told(one):
    ran = run(one, 'mkdir gone && cd gone && rmdir "$PWD" && sync plan')
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "the working directory cannot be used" in ran.stderr


def test_too_few_file_descriptors_are_told(one):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))

    ran = run(one, f"exec {sys.executable} -m sync plan", preexec_fn=limit)
    assert ran.returncode in {1, 2}
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [
        pytest.param({"HTTPS_PROXY": "http://h:99999"}, 1, "HTTPS_PROXY is not", id="port"),
        pytest.param({"https_proxy": "http://h:x"}, 1, "https_proxy is not", id="no number"),
        pytest.param({"ALL_PROXY": "http://u:p@:80"}, 1, "ALL_PROXY is not", id="no host"),
        pytest.param({"HTTPS_PROXY": "http://[::1"}, 1, "HTTPS_PROXY is not", id="bracket"),
        pytest.param({"ALL_PROXY": "socks5://h:1080"}, 1, "ALL_PROXY names a socks5", id="socks"),
        pytest.param({"SSL_CERT_FILE": "no such file"}, 1, "SSL_CERT_FILE", id="certificates"),
        pytest.param({"SCENARIO_SDK_API_KEY": os.fsdecode(b"k\xff")}, 2, "is not UTF-8", id="key"),
    ],
)
def test_an_environment_that_cannot_be_used_is_named(one, monkeypatch, variables, code, words):
    one.configure(base_url="https://scenario.test/v1")
    for name in ("NO_PROXY", "no_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ran = one.sync("plan")
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err


def test_no_branch_is_named_head(one):
    one.store.write_text("hero", "Edited\n")
    ran = one.sync("pull", "--branch", "HEAD")
    assert ran.code == 2
    assert '"HEAD" is not a valid branch name' in ran.err


def test_an_answer_of_two_gzip_members_is_read_whole():
    data = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 8
    for size in (1, 7, len(data)):
        decode = _make_decoder("gzip")
        parts = [data[start : start + size] for start in range(0, len(data), size)]
        assert b"".join(decode(part, 1000) for part in parts) == b"one two"
    with pytest.raises(httpx.DecodingError):
        _make_decoder("gzip")(gzip.compress(b"one") + b"rubbish", 1000)
