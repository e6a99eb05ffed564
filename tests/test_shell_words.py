"""A command that a report suggests is read alike by sh and by PowerShell."""

import subprocess

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

from sync.shell_words import join_words

PARSER = Parser(Language(tree_sitter_powershell.language()))
WORDS = [
    pytest.param("worlds/reef.md", id="plain"),
    pytest.param("worlds/the reef.md", id="blank"),
    pytest.param("it's.md", id="apostrophe"),
    pytest.param("maren\u2019s.md", id="typographic apostrophe"),
    pytest.param('a "b".md', id="quotes"),
    pytest.param("“reef”.md", id="typographic quotes"),
    pytest.param("@hero", id="at"),
    pytest.param("a,b.md", id="comma"),
    pytest.param("a;b&c|d(e){f}<g>#.md", id="signs"),
    pytest.param("a$b`c.md", id="variables"),
    pytest.param("a\\b c.md", id="backslash"),
    pytest.param("stop!.md", id="exclamation mark"),
    pytest.param("~/*.md", id="patterns"),
    pytest.param("日本 語.md", id="Japanese"),
    pytest.param("", id="empty"),
]


def read_in_powershell(command):
    """The words that PowerShell gives to the program."""
    root = PARSER.parse(command.encode()).root_node
    assert not root.has_error
    words, found = [], [root]
    while found:
        node = found.pop()
        text = node.text.decode()
        if node.type in {"command_name", "generic_token", "command_parameter"}:
            words.append(text)
        elif node.type == "expandable_string_literal":
            assert not node.named_children  # nothing in it is replaced
            words.append(text[1:-1])
        elif node.type == "verbatim_string_characters":
            words.append(text[1:-1])
        else:
            found += reversed(node.children)
    return words


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_the_same_in_sh_and_in_powershell(word):
    command = join_words(["apply", word, "--target", "production"])
    ran = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {command}"], check=True, capture_output=True, text=True
    )
    assert ran.stdout.split("\0")[:-1] == ["apply", word, "--target", "production"]
    assert read_in_powershell(command) == ["apply", word, "--target", "production"]


def test_what_no_common_quotes_can_hold_is_quoted_for_sh():
    command = join_words(["it's $5.md"])
    ran = subprocess.run(["sh", "-c", f"printf %s {command}"], check=True, capture_output=True)
    assert ran.stdout == b"it's $5.md"
