"""docs/reference.md has every key as the program takes it."""

from keys import HEAD, PAGE, SECTIONS, with_tables


def test_every_key_is_there_with_what_it_holds_and_its_default():
    page = PAGE.read_text()
    assert page.count(HEAD) == len(SECTIONS)
    assert page == with_tables(page), "python tests/docs/keys.py"
