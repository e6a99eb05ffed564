"""A value that is empty is a mistake, never a wish: a variable was not set."""

import pytest

from sync.cli import main


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["plan", "--since", ""], "--since"),
        (["plan", "--since="], "--since"),
        (["apply", "--yes", "--commit", ""], "--commit"),
        (["apply", "--from-target", ""], "--from-target"),
        (["plan", "--target", ""], "--target"),
        (["--target", "", "plan"], "--target"),
        (["plan", "--config="], "--config"),
        (["plan", ""], "PATH"),
        (["apply", "worlds/", "", "--yes"], "PATH"),
        (["apply", "--plan", ""], "--plan"),
        (["plan", "--model", "", "--out", "p.json"], "--model"),
        (["rollback", ""], "NAME"),
        (["check", ""], "PATH"),
        (["comment", ""], "NAME"),
        (["map", "old", ""], "NAME"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_empty_value_ends_the_command_and_is_named(words, named, capsys):
    assert main(words) == 2
    error = capsys.readouterr().err
    assert "is empty" in error
    assert named in error
