import pytest
from pydantic import BaseModel, ConfigDict

from sync.config.yaml import FaultsError, read_yaml, validate_yaml


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    size: int = 1


class Needy(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    size: int


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    inner: Inner = Inner()
    named: dict[str, Inner] = {}
    words: list[str] = []
    needy: Needy = Needy(size=1)


def faults(text, first_line=1):
    with pytest.raises(FaultsError) as caught:
        validate_yaml(Outer, read_yaml(text, path="c.yaml", first_line=first_line), path="c.yaml")
    return [str(fault) for fault in caught.value.faults]


def test_a_document_becomes_the_model():
    text = "inner: {size: 2}\nnamed:\n  a: {}\nwords: [x, 'y']\n"
    expected = Outer(inner=Inner(size=2), named={"a": Inner()}, words=["x", "y"])
    assert validate_yaml(Outer, read_yaml(text, path="c.yaml"), path="c.yaml") == expected


@pytest.mark.parametrize(
    "value", ["reef", "model_Ab1", "no", "On", "null", "NULL", "y", "e5", "a-b", "x:y", "x#", "1e3"]
)
def test_a_mapping_of_one_word_is_read_like_any_other(value):
    short = read_yaml(f"model: {value}\n", path="c.yaml", first_line=2)
    long = read_yaml(f"model: {value}\n# read by the parser\n", path="c.yaml", first_line=2)
    assert short == long


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "inner: {sise: 2}\nwords: [1, x]\nnamed: {a: {size: '1'}}\n",
            [
                'c.yaml:1:9: unknown key "sise". Did you mean "size"?',
                "c.yaml:2:9: words.0: must be a text (put it in quotes)",
                "c.yaml:3:13: named.a.size: must be a whole number",
            ],
            id="all faults at once, each at its place",
        ),
        pytest.param(
            "inner: {}\ninner: {}\n",
            ['c.yaml:2:1: the key "inner" occurs twice'],
            id="a key that stands twice",
        ),
        pytest.param(
            "named:\n  a: {size: 1}\n  b: {size: 1, size: 2}\n",
            ['c.yaml:3:16: the key "size" occurs twice'],
            id="a key that stands twice deep down",
        ),
        pytest.param(
            "inner: {}\ninner: {}\nsise: 1\nwords: 1\n",
            [
                'c.yaml:2:1: the key "inner" occurs twice',
                'c.yaml:3:1: unknown key "sise"',
                "c.yaml:4:1: words: must be a list",
            ],
            id="other faults beside it",
        ),
        pytest.param(
            "words: []\nneedy: {}\n",
            ['c.yaml:2:1: the key "size" is missing'],
            id="a key deep down",
        ),
        pytest.param("", ["c.yaml:1:1: must be a mapping (key: value)"], id="nothing"),
        pytest.param("- x\n", ["c.yaml:1:1: must be a mapping (key: value)"], id="a list"),
        pytest.param(
            "inner: [\n",
            ["c.yaml:2:1: not valid YAML: did not find expected node content"],
            id="no YAML",
        ),
        pytest.param(
            "a: \x07\n",
            ["c.yaml:1:1: not valid YAML: control characters are not allowed"],
            id="BEL",
        ),
        pytest.param(
            "words: [2020-99-99]\n",
            [
                "c.yaml:1:9: not a valid timestamp",
                "c.yaml:1:9: words.0: must be a text (put it in quotes)",
            ],
            id="a date that is none",
        ),
        pytest.param(
            "words: !!seq x\n",
            ["c.yaml:1:8: not a valid seq", "c.yaml:1:1: words: must be a list"][::-1],
            id="a list that is none",
        ),
        pytest.param(
            "? [a]\n: b\n{a: b}: c\n",
            [
                "c.yaml:1:3: a key must be a text, not a list or a mapping",
                "c.yaml:3:1: a key must be a text, not a list or a mapping",
            ],
            id="keys that are no texts",
        ),
        *(
            pytest.param(
                f"é: 1\n{line}",
                [f"c.yaml:{place}: not valid YAML: a tab cannot stand here; indent with spaces"],
                id=id_,
            )
            for id_, line, place in (
                ("a tab", "\tb: 1\n", "2:1"),
                ("a tab in a list", "b:\n- \t- x\n", "3:3"),
            )
        ),
    ],
)
def test_every_fault_has_its_place(text, expected):
    assert faults(text) == expected


@pytest.mark.parametrize(
    ("scalar", "kind"),
    [
        ("!!bool maybe", "bool"),
        ('!!int ""', "int"),
        ('!!float ""', "float"),
        ("!!timestamp x", "timestamp"),
        ("!!binary é", "binary"),
        ("!!set x", "set"),
        ("!thing x", "!thing"),
    ],
)
def test_a_value_that_does_not_fit_its_tag_is_a_fault(scalar, kind):
    (fault,) = read_yaml(f"a: {scalar}\n", path="c.yaml").faults
    assert str(fault) == f"c.yaml:1:4: not a valid {kind}"


def test_lines_count_from_where_the_text_begins():
    assert faults("sise: 1\n", first_line=2) == ['c.yaml:2:1: unknown key "sise"']


def test_aliases_cannot_make_a_small_file_huge():
    text = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{name}: &{name} [{','.join(f'*{before}' for _ in range(10))}]\n"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert faults(text) == ["c.yaml:1:26: too large, or nested too deeply"]


def test_endless_nesting_is_a_fault():
    assert read_yaml("[" * 51 + "]" * 51, path="c.yaml").faults == ()
    assert faults("[" * 52 + "]" * 52) == ["c.yaml:1:52: too large, or nested too deeply"]


def test_an_alias_is_what_it_stands_for():
    document = read_yaml("a: &x {size: 3}\nb: *x\n", path="c.yaml")
    assert document.value == {"a": {"size": 3}, "b": {"size": 3}}
