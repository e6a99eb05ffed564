import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.config.yaml import FaultsError
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import hash_possible_texts, read_document, read_documents
from sync.descriptions.file_filter import FileFilter
from sync.descriptions.front_matter import Body, read_body, read_front_matter
from sync.descriptions.references import find_references, replace_reference_ids
from sync.model.document import Document, InvalidFile, Reference
from sync.model.text import Text

ALIASES = Aliases("production", models={"hero": "model_9fK2"}, assets={"logo": "asset_7Hq"})

CONFLICT = (
    "A\n",
    "<<<<<<< ours\n",
    "b\n",
    "||||||| base\n",
    "=======\n",
    "c\n",
    ">>>>>>> theirs\n",
)

NO_ID = (
    "must be a model id without blanks. "
    '`description-sync show "a b"` tells the id of the model with this name'
)


NEVER_CLOSED = "the front matter is never closed: write a line of --- below it"
TOO_LOW = "front matter must begin at the first line: delete the blank lines above it"
NO_HYPHENS = "front matter begins and ends with three hyphens: write --- here and below it"
NO_COLON = "front matter needs a colon after each key"


def read(data, path="characters/hero.md", aliases=ALIASES):
    data = data if isinstance(data, bytes) else data.encode()
    return read_document(path, data, aliases, folder="descriptions")


def faults(data, path="a.md"):
    read_one = read(data, path)
    assert isinstance(read_one, InvalidFile), read_one
    return [str(fault) for fault in read_one.faults]


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("a.md", True),
        ("deep/er/a.MD", True),
        ("a.txt", False),
        ("README.md", False),
        ("deep/README.md", False),
        ("_draft.md", False),
        (".hidden.md", False),
        (".obsidian/a.md", False),
        ("_drafts/a.md", True),
        ("drafts/a.md", False),
        ("drafts/deep/a.md", False),
        ("md", False),
    ],
)
def test_which_files_count(path, counts):
    assert FileFilter(["**/README.md", "drafts/"]).accepts(path) is counts


@pytest.mark.parametrize(
    ("data", "path", "expected"),
    [
        pytest.param(
            "A cat.\n", "cat.md", Document("cat", "cat.md", Text("A cat.\n")), id="by its stem"
        ),
        pytest.param(
            "x\n", "flux.1-dev.md", Document("flux.1-dev", "flux.1-dev.md", Text("x\n")), id="dots"
        ),
        pytest.param(
            "x\n", "deep/hero.md", Document("model_9fK2", "deep/hero.md", Text("x\n")), id="by name"
        ),
        pytest.param(
            "---\nmodel: model_1\n---\n\nx\n\n",
            "a.md",
            Document("model_1", "a.md", Text("x\n")),
            id="by front matter",
        ),
        pytest.param(
            "\ufeff---\r\nmodel: hero\r\nprotected: true\r\n---  \r\nx\r\n",
            "a.md",
            Document("model_9fK2", "a.md", Text("x\n"), protected=True),
            id="by a name in front matter, with BOM and CRLF",
        ),
        pytest.param(
            "---\nmodel: minimax/music-01\n---\nx",
            "a.md",
            Document("minimax/music-01", "a.md", Text("x\n")),
            id="an id with a slash",
        ),
        pytest.param(
            "---\nmodels: {production: p_1, staging: s_1}\n---\nx",
            "a.md",
            Document("p_1", "a.md", Text("x\n")),
            id="by target",
        ),
        pytest.param("---\nmodels: {staging: s_1}\n---\nx", "a.md", None, id="not for this target"),
        pytest.param(
            "---\nclear: true\n---\n",
            "a.md",
            Document("a", "a.md", Text("")),
            id="empty on purpose",
        ),
        pytest.param(
            "---\nA rule, not front matter.\n---\nx\n",
            "a.md",
            Document("a", "a.md", Text("---\nA rule, not front matter.\n---\nx\n")),
            id="a block that is no mapping is text",
        ),
        pytest.param(
            "---\n---\nx\n",
            "a.md",
            Document("a", "a.md", Text("---\n---\nx\n")),
            id="an empty block",
        ),
        pytest.param(
            "---\n# A heading between rules\n---\nx\n",
            "a.md",
            Document("a", "a.md", Text("---\n# A heading between rules\n---\nx\n")),
            id="what would be comments in YAML is text",
        ),
        *(
            pytest.param(text, "a.md", Document("a", "a.md", Text(text)), id=id_)
            for id_, text in (
                ("a heading between rules", "---\n\n# Reef\n\n---\n\nx\n"),
                ("a rule", "---\n\nA text.\n"),
                ("a rule and a sentence", "---\nmodels: are what this is about?\n".title()),
                ("a rule, a text and what looks like a key", "---\nA text.\n\nmodel: x\n"),
                ("a heading that begins as a key does", "---\nclear skies\n---\n"),
                ("what only looks like a key", "---\nmodeling: x\n"),
            )
        ),
        pytest.param(
            "---\nprotected: false\n---\n\n---\nmodel: a\n",
            "a.md",
            Document("a", "a.md", Text("---\nmodel: a\n")),
            id="a text that looks like front matter, below some",
        ),
        pytest.param(
            "---\nmodel: b\n---\n---\nx\n---\n",
            "a.md",
            Document("b", "a.md", Text("---\nx\n---\n")),
            id="a text that begins with a rule",
        ),
        pytest.param(
            "See {asset:@logo} and {model:@hero}.\n",
            "a.md",
            Document(
                "a",
                "a.md",
                Text("See {asset:asset_7Hq} and {model:model_9fK2}.\n"),
                references=(
                    Reference("asset", "asset_7Hq", 1, 5),
                    Reference("model", "model_9fK2", 1, 23),
                ),
            ),
            id="aliases are resolved",
        ),
        pytest.param(
            "See {model:m}.\n",
            "a.md",
            Document(
                "a", "a.md", Text("See {model:m}.\n"), references=(Reference("model", "m", 1, 5),)
            ),
            id="ids are kept",
        ),
    ],
)
def test_what_a_file_says(data, path, expected):
    assert read(data, path) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            "---\nmodle: x\nprotected: 'yes'\nprotected: true\n---\nx\n",
            [
                'descriptions/a.md:2:1: unknown key "modle". Did you mean "model"?',
                "descriptions/a.md:3:1: protected: must be true or false",
                'descriptions/a.md:4:1: the key "protected" occurs twice',
            ],
            id="every fault of the front matter",
        ),
        pytest.param(
            "---\nmodel: [\n---\nx\n",
            ["descriptions/a.md:3:1: not valid YAML: did not find expected node content"],
            id="front matter that is no YAML",
        ),
        *(
            pytest.param(
                text,
                [f"descriptions/a.md:1:1: {NEVER_CLOSED}"],
                id=f"front matter that is never closed, {id_}",
            )
            for id_, text in (
                ("above a title", "---\nmodel: model_abc\n\n# The hero\n"),
                ("with other keys first", "---\n# mine\ntitle: x\nprotected: true\nx\n"),
                ("under a blank line", "---\n\nmodels: {production: a}\n"),
                ("with four hyphens below it", "---\nclear: true\n----\n"),
                ("with dots below it", "---\r\nmodel: a\r\n...\r\nx\r\n"),
            )
        ),
        pytest.param(
            "\ufeff\n \t\n---\nmodel: a\n---\nx\n",
            [f"descriptions/a.md:3:1: {TOO_LOW}"],
            id="front matter below blank lines",
        ),
        *(
            pytest.param(
                f"{dashes}\nmodel: a\n{dashes}\nx\n",
                [f"descriptions/a.md:1:1: {NO_HYPHENS}"],
                id=f"front matter between {dashes!r}",
            )
            for dashes in ("--", "----", " ---", "\u2014")
        ),
        *(
            pytest.param(
                f"---\n{line}\n---\nx\n",
                [f'descriptions/a.md:2:1: {NO_COLON}: write "{wanted}"'],
                id=f"front matter that says {line}",
            )
            for line, wanted in (
                ("model x", "model: x"),
                ("protected   true ", "protected: true"),
                ("model a-model", "model: a-model"),
            )
        ),
        pytest.param(
            "---\nmodel: 12\n---\nx\n",
            ["descriptions/a.md:2:1: model: must be a text (put it in quotes)"],
            id="a number as id",
        ),
        pytest.param(
            "---\nmodel: a b\n---\nx\n",
            [f"descriptions/a.md:2:1: model: {NO_ID}"],
            id="an id with a blank",
        ),
        pytest.param(
            "---\nmodel: a\nmodels: {t: b}\n---\nx\n",
            ['descriptions/a.md:2:1: give either "model" or "models", not both'],
            id="both ways to name a model",
        ),
        pytest.param(
            b"\n\xc3\xa9\n\xc3\xa9 \xe9t\xe9\n",
            ["descriptions/a.md:3:3: not UTF-8: byte 0xe9 at offset 7; save it as UTF-8"],
            id="not UTF-8",
        ),
        pytest.param(
            b"\xef\xbb\xbf---\rmodel: q\r\n---\r\ncaf\xe9\n",
            ["descriptions/a.md:4:4: not UTF-8: byte 0xe9 at offset 25; save it as UTF-8"],
            id="not UTF-8, after a BOM and line ends of all kinds",
        ),
        pytest.param(
            b"\xef\xbb\xbf\xe9",
            ["descriptions/a.md:1:1: not UTF-8: byte 0xe9 at offset 3; save it as UTF-8"],
            id="not UTF-8, right after a BOM",
        ),
        pytest.param(
            " \n",
            [
                (
                    'descriptions/a.md:1:1: no text; write one, or say "clear: true" in the front'
                    " matter to empty the description"
                ),
            ],
            id="empty by mistake",
        ),
        pytest.param(
            "---\nclear: true\n---\nx\n",
            ['descriptions/a.md:4:1: "clear: true" stands above a text; remove one'],
            id="to be emptied, with a text",
        ),
        pytest.param(
            "---\nmodel: x\n---\n\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n",
            ["descriptions/a.md:5:1: a merge conflict; choose what the text is to be"],
            id="a merge conflict",
        ),
        pytest.param(
            "---\n<<<<<<< ours\nmodel: a\n=======\nmodel: b\n>>>>>>> theirs\n---\nText\n",
            [
                "descriptions/a.md:2:1: a merge conflict; choose what the text is to be",
                (
                    "descriptions/a.md:3:6: not valid YAML: a colon cannot stand here; put the "
                    "text in quotes, or add the colon that is missing in the line above"
                ),
            ],
            id="a merge conflict above the text",
        ),
        pytest.param(
            "---\nmodle: x\n---\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n",
            [
                'descriptions/a.md:2:1: unknown key "modle". Did you mean "model"?',
                "descriptions/a.md:4:1: a merge conflict; choose what the text is to be",
            ],
            id="a merge conflict below a fault",
        ),
        *(
            pytest.param(
                "".join(line for line in CONFLICT if line[0] != gone),
                [f"descriptions/a.md:{at}:1: a merge conflict; choose what the text is to be"],
                id=f"a conflict of which only the {gone} was taken out",
            )
            for gone, at in (("<", 3), ("|", 2), ("=", 2), (">", 2))
        ),
        pytest.param(
            "a\n=======\nb\n>>>>>>> theirs\n",
            ["descriptions/a.md:4:1: a merge conflict; choose what the text is to be"],
            id="a middle may be a heading's line",
        ),
        pytest.param(
            "<<<<<<< ours\na\n=======\nb\n<<<<<<< ours\nc\n=======\nd\n>>>>>>> theirs\n=======\n",
            [
                "descriptions/a.md:1:1: a merge conflict; choose what the text is to be",
                "descriptions/a.md:5:1: a merge conflict; choose what the text is to be",
            ],
            id="two conflicts, of which one lost its end",
        ),
        pytest.param(
            ">>>>>>> theirs\n<<<<<<< ours\n=======\n",
            ["descriptions/a.md:2:1: a merge conflict; choose what the text is to be"],
            id="what ends one conflict is none of the next",
        ),
        pytest.param(
            "---\nmodel: x\n---\n😀 {asset:@logp} {model:@nobody}\n`{asset:@code}`\n",
            [
                (
                    'descriptions/a.md:4:3: "logp" is not one of the assets of target "production".'
                    ' Did you mean "logo"?'
                ),
                (
                    'descriptions/a.md:4:17: "nobody" is not one of the models of target '
                    '"production"; name it in config.yaml'
                ),
            ],
            id="unknown aliases",
        ),
        pytest.param(
            "{model:@heroo}",
            [
                (
                    'descriptions/a.md:1:1: "heroo" is not one of the models of target '
                    '"production". Did you mean "hero"?'
                )
            ],
            id="an alias with a slip",
        ),
        pytest.param(
            "{asset:@LOGO}",
            [
                (
                    'descriptions/a.md:1:1: "LOGO" is not one of the assets of target "production".'
                    ' Did you mean "logo"?'
                )
            ],
            id="an alias in capitals",
        ),
        pytest.param(
            "{asset:@}",
            ["descriptions/a.md:1:1: {asset:@} has no name; write {asset:@NAME}, or {asset:ID}"],
            id="an alias without a name",
        ),
    ],
)
def test_every_fault_of_a_file_has_its_place(data, expected):
    assert faults(data) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Title\n=======\n\n=======\n",
        "<<<<<<< x\n<<<<<<< x\n",
        "|||||||\n",
        ">>>>>>> x\n",
        ">>>>>>> x\n=======\n",
        "=======\n>>>>>>>x\n",
    ],
)
def test_what_only_looks_like_a_conflict_is_text(text):
    assert isinstance(read(text), Document)


@pytest.mark.parametrize(
    ("data", "model"),
    [
        pytest.param("---\nmodel: hero\n---\n", "model_9fK2", id="named"),
        pytest.param("---\nmodel: hero\nprotected: 1\n---\nx", "", id="not to be told"),
        pytest.param(b"\xff", "", id="no text"),
    ],
)
def test_a_file_with_faults_is_known_by_its_model_where_that_can_be_told(data, model):
    invalid = read(data, "a.md")
    assert (type(invalid), invalid.path, invalid.model) == (InvalidFile, "a.md", model)


@pytest.mark.parametrize("tag", ["{asset:@nobody}", "{model:@}"])
def test_an_unknown_alias_is_told_by_its_rule(tag):
    (fault,) = read(tag).faults
    assert fault.rule == "unknown-alias"


def test_two_files_for_one_model_name_each_other():
    files = {"a.md": b"x", "b/a.md": b"y", "c.md": b"---\nmodel: a\n---\nz", "d.md": b"d"}
    documents, invalid = read_documents(files, ALIASES, folder="docs")
    assert [document.path for document in documents] == ["d.md"]
    assert [(file.path, file.model) for file in invalid] == [
        ("a.md", "a"),
        ("b/a.md", "a"),
        ("c.md", "a"),
    ]
    assert [str(fault) for file in invalid for fault in file.faults] == [
        "docs/a.md:1:1: the model a is described by docs/b/a.md, docs/c.md too; keep one of them",
        "docs/b/a.md:1:1: the model a is described by docs/a.md, docs/c.md too; keep one of them",
        "docs/c.md:1:1: the model a is described by docs/a.md, docs/b/a.md too; keep one of them",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{asset:a_1} {model:minimax/music-01}",
            [("asset", "a_1", 1), ("model", "minimax/music-01", 13)],
        ),
        ("`{asset:a}` ``{model:`b`}`` {asset:c}", [("asset", "c", 29)]),
        ("```\n{asset:a}\n```\n", []),
        ("`a`{asset:a}`b`", [("asset", "a", 4)]),
        ("    {asset:indented}\n", []),
        ("![x]({asset:a})", [("asset", "a", 6)]),
        ("{asset: a} {Asset:a} {asset:} {asset:a b}", []),
    ],
)
def test_references_are_found_outside_code(text, expected):
    assert [(each.kind, each.id, each.column) for each in find_references(text)] == expected


def test_a_reference_has_its_place_in_the_text():
    assert find_references("{asset:a}\n\n\u20ac {model:m} {asset:b}\n") == (
        Reference("asset", "a", 1, 1),
        Reference("model", "m", 3, 3),
        Reference("asset", "b", 3, 13),
    )


def test_a_reference_may_stand_under_an_empty_line():
    assert find_references("\n{asset:a}") == (Reference("asset", "a", 2, 1),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "\u20ac {asset:a}, {model:m} and `{asset:a}`\n",
            "\u20ac {asset:@a1}, {model:@m1} and `{asset:a}`\n",
            id="but in code",
        ),
        pytest.param("nothing\n", "nothing\n", id="none"),
    ],
)
def test_references_get_other_names(text, expected):
    assert replace_reference_ids(text, lambda each: f"@{each.id}{each.line}") == expected


def test_any_front_matter_can_be_taken_off_a_text():
    front, body = read_front_matter(b"---\nname: x\ntags: [a]\n---\n\ntext\n", path="a.md")
    assert (front.value, body) == ({"name": "x", "tags": ["a"]}, Body("\ntext\n", 5))


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param(b"\xff", "a.md:1:1: not UTF-8", id="no text"),
        pytest.param(b"---\na: [\n---\n", "a.md:3:1: not valid YAML", id="no YAML"),
    ],
)
def test_what_cannot_be_taken_apart_has_faults(data, place):
    with pytest.raises(FaultsError, match=f"^{place}"):
        read_front_matter(data, path="a.md")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a\r\nb", Body("a\nb", 1), id="no front matter"),
        pytest.param(b"---\nmodle: x\n---\na", Body("a", 4), id="with faults"),
        pytest.param(b"---\nbroken: [\n---\na", Body("a", 4), id="no YAML"),
        pytest.param(b"\xff", None, id="no text"),
    ],
)
def test_the_text_under_the_front_matter_is_found_whatever_that_says(data, expected):
    assert read_body(data) == expected


@pytest.mark.parametrize(
    "version",
    [
        b"x {asset:asset_7Hq}\n",
        b"\xef\xbb\xbf---\r\nmodel: whatever\r\nunknown: key\r\n---\r\n\r\nx {asset:@logo}\r\n",
        b"---\nbroken: [\n---\nx {asset:asset_7Hq}\n",
        b"---\nmodel x\n---\nx {asset:asset_7Hq}\n",
    ],
)
def test_a_version_counts_as_the_text_it_stands_for_today(version):
    assert Text("x {asset:asset_7Hq}\n").sha256 in hash_possible_texts(version, ALIASES)


@pytest.mark.parametrize(
    "text", ["---\nmodel: x\n\nReef.\n", "---\n# Reef\n---\nx\n", "---\nmodel x\n---\nReef.\n"]
)
def test_a_version_counts_as_the_text_it_stood_for_before_it_was_front_matter(text):
    assert Text(text).sha256 in hash_possible_texts(text.encode(), ALIASES)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_a_version_in_an_older_encoding_counts_as_its_text(encoding):
    version = "---\nmodel: café\n---\nThe reef: “café”.\n" if encoding != "latin-1" else "\x81é\n"
    text = version.rpartition("---\n")[2]
    assert Text(text).sha256 in hash_possible_texts(version.encode(encoding), ALIASES)


@given(st.binary(max_size=200))
def test_a_version_of_any_bytes_can_be_hashed(version):
    assert all(hash_possible_texts(version, ALIASES))


@given(st.text(max_size=200), st.sampled_from(["a.md", "hero.md"]))
def test_any_text_is_read_or_has_faults(text, path):
    document = read(text.encode("utf-8", "replace"), path)
    assert document is None or document.path == path


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("`a`{asset:b} " * 100_000, id="tags and code"),
        pytest.param("<<<<<<< a\n" * 30_000 + "=======\n" * 30_000, id="conflict markers"),
        pytest.param("---\n" + "model: x\n" * 3_000, id="front matter that is never closed"),
    ],
)
@pytest.mark.usefixtures("unmeasured")
def test_a_text_made_to_take_long_is_read_before_anybody_notices(text):
    """A quadratic reader would need longer than any test may take."""
    read(text, "a.md")
