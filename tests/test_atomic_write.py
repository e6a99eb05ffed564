"""Files that are written completely or not at all."""

import os
import stat
from pathlib import Path

import pytest

from sync.workspace.atomic_write import write_atomically


def test_a_file_is_written_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(b"old")
    write_atomically(path, b"new", mode=0o640)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]


def test_what_a_killed_process_left_is_removed(tmp_path):
    (tmp_path / ".a.md.new").write_bytes(b"half")
    write_atomically(tmp_path / "a.md", b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]


def test_a_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "a.md").symlink_to("theirs")
    write_atomically(tmp_path / "a.md", b"new")
    assert (tmp_path / "theirs").read_bytes() == b"theirs"
    assert not (tmp_path / "a.md").is_symlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.md"
    path.write_bytes(b"old")
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(os, "open", lambda *_: full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
