"""What is coloured, and files that are written whole or not at all."""

import io
import stat
from pathlib import Path

import pytest

from sync.cli.global_options import GlobalOptions
from sync.cli.output import uses_color, write_file
from sync.errors import SyncError


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("color", "environment", "stream", "expected"),
    [
        pytest.param("auto", {}, Terminal(), True, id="a terminal"),
        pytest.param("auto", {}, io.StringIO(), False, id="a file"),
        pytest.param("auto", {"NO_COLOR": "1"}, Terminal(), False, id="NO_COLOR"),
        pytest.param("auto", {"NO_COLOR": ""}, Terminal(), True, id="an empty NO_COLOR"),
        pytest.param("auto", {"TERM": "dumb"}, Terminal(), False, id="a dumb terminal"),
        pytest.param("always", {"NO_COLOR": "1"}, io.StringIO(), True, id="always"),
        pytest.param("never", {}, Terminal(), False, id="never"),
    ],
)
def test_colours_are_for_those_who_see_them(monkeypatch, color, environment, stream, expected):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert uses_color(GlobalOptions(color=color), stream) is expected


def test_a_file_is_for_its_owner_alone(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text("older and readable by all")
    path.chmod(0o644)
    write_file(path, "Ünïcödé\r\n")
    assert path.read_bytes() == "Ünïcödé\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["plan.json"]


def test_a_link_is_replaced_and_not_followed(tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("not ours")
    path = tmp_path / "plan.json"
    path.symlink_to(other)
    write_file(path, "plan")
    assert (path.read_text(), other.read_text(), path.is_symlink()) == ("plan", "not ours", False)


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(SyncError, match="folder cannot be written: Is a directory"):
        write_file(folder, "plan")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_a_file_in_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(SyncError, match="cannot be written: No such file or directory"):
        write_file(tmp_path / "gone" / "plan.json", "plan")


def test_a_device_is_written_to_and_not_replaced():
    write_file(Path("/dev/null"), "plan")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
