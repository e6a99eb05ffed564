import pytest
from repositories import Repo, make_hermetic

from sync.errors import GitError
from sync.git import (
    Branch,
    FolderHistory,
    Repository,
    find_newer_texts,
    find_texts,
    read_file_versions,
)
from sync.model.known_texts import DeployedCommit, KnownText, TextLookup
from sync.model.text import Text


@pytest.fixture(autouse=True)
def _hermetic(monkeypatch):
    make_hermetic(monkeypatch)


@pytest.fixture
def repo(tmp_path):
    return Repo.create(tmp_path / "repo")


def sha256(text):
    return Text(text).sha256


def hash_texts(data):
    """What the reader of documents does, in small: front matter ends at the second `---`."""
    text = data.decode()
    return [sha256(text.split("---\n", 2)[2] if text.startswith("---\n") else text)]


def history(repo, texts, *, path="a.md", desired=None, commit=None):
    """Where git still has each of these texts, as the remote text of the model of one file."""
    return find_texts(
        folder_history(repo, commit=commit),
        lookups(texts, path=path, desired=desired),
        hash_texts=hash_texts,
    )


def lookups(texts, *, path="a.md", desired=None):
    return {text: TextLookup(path, sha256(text), desired and sha256(desired)) for text in texts}


def newer(repo, texts, *, branch, desired=None):
    """Which of the texts are in commits of a branch that the checkout does not contain."""
    ahead = Branch(branch, repo.git("rev-parse", branch).strip())
    wanted = lookups(texts, desired=desired)
    return find_newer_texts(folder_history(repo), wanted, ahead, hash_texts=hash_texts).texts


def folder_history(repo, *, folder="descriptions", commit=None):
    repository = Repository.discover(repo.path)
    return FolderHistory(repository, folder, commit or repository.find_head())


def removed(repo, *, commit=None):
    history = folder_history(repo, commit=commit)
    listing = history.repository.list_folder("descriptions", commit)
    return history.find_removed_paths(history.repository.list_tracked_paths(listing))


def in_commit(commit, behind):
    return KnownText("commit", DeployedCommit(commit, behind))


def test_each_version_is_known_by_the_commit_that_brought_it(repo):
    first = repo.committed({"descriptions/a.md": "A\n"})
    second = repo.committed({"descriptions/a.md": "B\n"})
    third = repo.committed({"descriptions/a.md": "C\n"})
    found = history(repo, ["A", "B\r\n", "\n\nC", "edited elsewhere"])
    assert found.texts == {
        "A": in_commit(first, 2),
        "B\r\n": in_commit(second, 1),
        "\n\nC": in_commit(third, 0),
    }
    assert (found.is_complete, found.hint) == (True, "")


def test_among_many_files_the_own_one_is_searched_first_under_all_its_names(repo):
    repo.committed({f"descriptions/{n}.md": f"{n}\n" for n in range(1200)})
    first = repo.committed({"descriptions/old.md": "A\n", "descriptions/gone.md": "other\n"})
    repo.git("mv", "descriptions/old.md", "descriptions/a.md")
    repo.git("rm", "--quiet", "descriptions/gone.md")
    repo.committed({"descriptions/a.md": "---\nmodel: m\n---\nA\n"})
    repo.committed({"descriptions/a.md": "B\n"})
    read = []
    found = find_texts(
        folder_history(repo),
        lookups(["A"]),
        hash_texts=lambda data: read.append(data) or hash_texts(data),
    )
    assert found.texts == {"A": in_commit(first, 1)}
    assert len(read) == 4
    assert history(repo, ["A", "other", "7"]).texts.keys() == {"A", "other", "7"}


def test_an_edit_not_yet_committed_is_a_newer_version(repo):
    first = repo.committed({"descriptions/a.md": "A\n"})
    second = repo.committed({"descriptions/a.md": "B\n"})
    found = history(repo, ["A", "B"], desired="C")
    assert found.texts == {"A": in_commit(first, 2), "B": in_commit(second, 1)}
    found = history(repo, ["A", "B"], desired="A")
    assert found.texts == {"A": in_commit(first, 1), "B": in_commit(second, 1)}


def test_a_text_that_came_back_is_as_new_as_its_last_coming(repo):
    for text in ("A\n", "B\n"):
        last = repo.committed({"descriptions/a.md": text})
    again = repo.committed({"descriptions/a.md": "A\n"})
    assert history(repo, ["A", "B"]).texts == {"A": in_commit(again, 0), "B": in_commit(last, 1)}


def test_a_change_of_front_matter_or_line_ends_alone_brings_no_version(repo):
    first = repo.committed({"descriptions/a.md": "A\n"})
    second = repo.committed({"descriptions/a.md": "B\n"})
    repo.committed({"descriptions/a.md": "---\nmodel: m\n---\nB\n"})
    repo.committed({"descriptions/a.md": "---\nmodel: m\n---\n\nB\r\n\r\n"})
    assert history(repo, ["A", "B"]).texts == {"A": in_commit(first, 1), "B": in_commit(second, 0)}


def test_the_files_of_a_moved_folder_are_followed_to_where_they_lay(repo):
    first = repo.committed({"old/deep/a.md": "A\n", "old/b.md": "other\n"})
    repo.committed({"old/deep/a.md": "B\n", "old/never-moved.md": "not ours\n"})
    repo.git("mv", "old", "older")
    repo.commit()
    (repo.path / "descriptions").mkdir()
    repo.git("mv", "older/deep/a.md", "older/b.md", "descriptions")
    moved = repo.commit()
    last = repo.committed({"descriptions/a.md": "C\n"})
    assert history(repo, ["A", "B", "C", "other", "not ours"]).texts == {
        "A": in_commit(first, 2),
        "B": in_commit(moved, 1),
        "C": in_commit(last, 0),
        "other": in_commit(moved, 1),
    }


def test_a_file_that_was_no_markdown_or_lay_at_the_root_is_followed(repo):
    lines = "".join(f"line {number}\n" for number in range(9))
    repo.committed({"hero.txt": f"A\n{lines}", "descriptions/b.text": "B\n", "x.md": "X\n"})
    repo.committed({"hero.txt": lines, "descriptions/b.text": "B2\n", "x.md": "Y\n"})
    repo.git("mv", "hero.txt", "descriptions/a.md")
    repo.git("mv", "descriptions/b.text", "descriptions/b.md")
    repo.committed({"descriptions/a.md": f"---\nmodel: m\n---\n{lines}"})
    assert history(repo, [f"A\n{lines}", "B", "X"]).texts.keys() == {f"A\n{lines}", "B"}


def test_where_files_lay_before_is_told_in_a_folder_that_is_the_whole_repository(repo):
    repo.committed({"a.txt": "A\n"})
    repo.committed({"a.txt": "B\n"})
    repo.git("mv", "a.txt", "a.md")
    repo.commit()
    wanted = {"m": TextLookup("a.md", sha256("A"))}
    history = folder_history(repo, folder=".")
    found = find_texts(history, wanted, hash_texts=hash_texts)
    assert found.texts.keys() == {"m"}


def test_only_the_files_of_the_folder_count(repo):
    repo.committed({"elsewhere/a.md": "A\n", "descriptions/a.txt": "A\n"})
    assert history(repo, ["A"]).texts == {}


def test_a_text_of_another_file_is_known_as_well(repo):
    first = repo.committed({"descriptions/other.md": "A\n", "descriptions/a.md": "X\n"})
    repo.committed({"descriptions/other.md": "B\n"})
    assert history(repo, ["A"]).texts == {"A": in_commit(first, 1)}


def test_a_file_is_followed_through_renames(repo):
    first = repo.committed({"descriptions/first.md": "A\n"})
    second = repo.committed({"descriptions/first.md": "B\n"})
    repo.git("mv", "descriptions/first.md", "descriptions/second.md")
    repo.committed({"descriptions/second.md": "---\nmodel: m\n---\nB\n"})
    repo.git("mv", "descriptions/second.md", "descriptions/a.md")
    repo.commit()
    fifth = repo.committed({"descriptions/a.md": "C\n"})
    assert history(repo, ["A", "B", "C"]).texts == {
        "A": in_commit(first, 2),
        "B": in_commit(second, 1),
        "C": in_commit(fifth, 0),
    }


def test_the_text_of_a_removed_file_is_known(repo):
    first = repo.committed({"descriptions/a.md": "A\n"})
    (repo.path / "descriptions/a.md").unlink()
    repo.commit()
    assert history(repo, ["A"], path=None).texts == {"A": in_commit(first, 0)}


def test_a_text_of_a_side_branch_that_lost_the_merge_is_known(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.git("checkout", "--quiet", "-b", "side")
    side = repo.committed({"descriptions/a.md": "from the side\n"})
    repo.git("checkout", "--quiet", "main")
    main = repo.committed({"descriptions/a.md": "from main\n"})
    repo.merge("side", "--strategy=ours")
    assert history(repo, ["from the side", "from main"]).texts == {
        "from the side": in_commit(side, 1),
        "from main": in_commit(main, 0),
    }


def test_a_text_that_a_merge_itself_made_is_known(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.committed({"descriptions/a.md": "from the side\n"})
    repo.git("checkout", "--quiet", "main")
    repo.committed({"descriptions/a.md": "from main\n"})
    repo.merge("side")
    merge = repo.committed({"descriptions/a.md": "made by hand\n"})
    repo.committed({"descriptions/a.md": "B\n"})
    assert history(repo, ["made by hand"]).texts == {"made by hand": in_commit(merge, 1)}


def test_texts_of_an_unrelated_history_merged_in_are_known(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.git("checkout", "--quiet", "--orphan", "other")
    root = repo.committed({"descriptions/b.md": "from another root\n"})
    repo.committed({"descriptions/b.md": "B\n"})
    repo.git("checkout", "--quiet", "main")
    repo.merge("other", "--allow-unrelated-histories")
    assert history(repo, ["from another root"]).texts == {"from another root": in_commit(root, 1)}


def test_settings_for_git_log_hide_nothing(repo):
    for setting in ("log.follow=true", "log.showRoot=false", "diff.renames=copies"):
        repo.git("config", *setting.split("="))
    repo.git("config", "log.showSignature", "true")
    first = repo.committed({"descriptions/a.md": "A\n"})
    assert history(repo, ["A"]).texts == {"A": in_commit(first, 0)}


def test_a_symbolic_link_is_no_text(repo):
    (repo.path / "descriptions").mkdir()
    (repo.path / "descriptions/a.md").symlink_to("A")
    repo.commit()
    assert history(repo, ["A"]).texts == {}


def test_history_ends_at_the_commit_that_was_asked_for(repo):
    first = repo.committed({"descriptions/a.md": "A\n"})
    repo.committed({"descriptions/a.md": "B\n"})
    assert history(repo, ["A", "B"], commit=first).texts == {"A": in_commit(first, 0)}


def test_a_repository_without_a_commit_knows_nothing(repo):
    found = history(repo, ["A"])
    assert (found.texts, found.is_complete) == ({}, True)


def test_a_sha_256_repository_is_read_like_any_other(tmp_path):
    repo = Repo.create(tmp_path / "repo", "--object-format=sha256")
    first = repo.committed({"descriptions/a.md": "A\n"})
    repo.committed({"descriptions/a.md": "B\n"})
    assert history(repo, ["A"]).texts == {"A": in_commit(first, 1)}
    assert len(first) == 64


# --- newer commits of another branch ---


def test_a_text_that_only_a_newer_commit_has_says_so(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.git("checkout", "--quiet", "-b", "deploy")
    repo.committed({"descriptions/a.md": "B\n"})
    ahead = repo.committed({"descriptions/a.md": "C\n"})
    repo.git("checkout", "--quiet", "main")
    found = newer(repo, ["A", "C"], branch="deploy", desired="A")
    assert found == {"C": KnownText("deploy_branch", DeployedCommit(ahead, 0))}
    assert found["C"].ref == "deploy"


def test_a_text_that_came_back_in_a_newer_commit_is_newer(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.committed({"descriptions/a.md": "B\n"})
    repo.git("checkout", "--quiet", "-b", "deploy")
    back = repo.committed({"descriptions/a.md": "A\n"})
    repo.git("checkout", "--quiet", "main")
    assert newer(repo, ["A", "B"], branch="deploy") == {
        "A": KnownText("deploy_branch", DeployedCommit(back, 0))
    }


def test_a_merge_that_takes_an_older_text_back_is_newer(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.git("branch", "old")
    repo.committed({"descriptions/a.md": "B\n"})
    repo.git("checkout", "--quiet", "-b", "deploy", "old")
    repo.committed({"descriptions/b.md": "Another\n"})
    repo.merge("main", "--strategy=ours")
    repo.git("checkout", "--quiet", "main")
    assert newer(repo, ["A", "B"], branch="deploy").keys() == {"A"}


def test_a_newer_commit_that_renames_a_file_brings_no_text(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.committed({"descriptions/a.md": "B\n"})
    repo.git("checkout", "--quiet", "-b", "deploy")
    repo.git("mv", "descriptions/a.md", "descriptions/b.md")
    repo.commit()
    repo.committed({"descriptions/b.md": "---\nmodel: m\n---\nB\n"})
    repo.git("checkout", "--quiet", "main")
    assert newer(repo, ["A", "B"], branch="deploy") == {}


# --- clones that lack something ---


@pytest.fixture
def origin(repo):
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.committed({"descriptions/a.md": "A\n"})
    repo.committed({"descriptions/a.md": "B\n"})
    return repo


def test_a_shallow_clone_cannot_tell_and_says_so(origin, tmp_path):
    clone = origin.clone(tmp_path / "clone", "--depth=1")
    found = history(clone, ["A", "B"])
    assert found.texts == {"B": in_commit(origin.head(), 0)}
    assert not found.is_complete
    assert "fetch-depth: 0" in found.hint
    clone.git("-c", "protocol.file.allow=always", "fetch", "--quiet", "--unshallow")
    assert history(clone, ["A", "edited elsewhere"]).texts.keys() == {"A"}
    assert history(clone, ["edited elsewhere"]).is_complete


def test_a_history_with_damaged_commits_is_an_error(origin):
    commit = origin.git("rev-parse", "HEAD~1").strip()
    (origin.path / ".git/objects" / commit[:2] / commit[2:]).unlink()
    with pytest.raises(GitError, match="git says: error: Could not read"):
        history(origin, ["A"])


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_cannot_tell_until_it_is_completed(origin, tmp_path, kind):
    clone = origin.clone(tmp_path / "clone", f"--filter={kind}")
    objects = clone.git("count-objects", "-v")
    found = history(clone, ["A"])
    assert (found.texts, found.is_complete) == ({}, False)
    assert "git fetch --refetch --no-filter" in found.hint
    assert clone.git("count-objects", "-v") == objects
    allowed = ("-c", "protocol.file.allow=always")
    clone.git(*allowed, "fetch", "--quiet", "--refetch", "--no-filter")
    found = history(clone, ["A", "edited elsewhere"])
    assert (found.texts.keys(), found.is_complete) == ({"A"}, True)


# --- removed files ---


def test_removed_files_are_those_that_the_history_has_and_the_folder_lacks(repo):
    repo.committed({"descriptions/a.md": "A\n", "descriptions/b.md": "B\n", "elsewhere.md": "E\n"})
    repo.committed({"descriptions/b.md": "B, last\r\n", "descriptions/c.md": "C\n"})
    for path in ("descriptions/b.md", "elsewhere.md"):
        (repo.path / path).unlink()
    second = repo.commit()
    (repo.path / "descriptions/c.md").unlink()
    assert removed(repo, commit=second) == {"b.md"}
    assert removed(repo) == {"b.md", "c.md"}


def test_a_file_dropped_by_a_merge_is_removed(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.committed({"descriptions/b.md": "B\n"})
    repo.git("checkout", "--quiet", "main")
    repo.committed({"descriptions/a.md": "A2\n"})
    repo.merge("side", "--strategy=ours")
    assert removed(repo) == {"b.md"}


def test_a_symbolic_link_that_is_gone_was_no_file(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    (repo.path / "descriptions/b.md").symlink_to("a.md")
    repo.commit()
    (repo.path / "descriptions/b.md").unlink()
    repo.commit()
    assert removed(repo) == set()


def test_a_file_that_came_back_is_not_removed(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    (repo.path / "descriptions/a.md").unlink()
    repo.commit()
    repo.committed({"descriptions/a.md": "B\n"})
    assert removed(repo) == set()


def test_a_clone_that_is_not_complete_says_that_removed_files_may_be_missing(origin, tmp_path):
    origin.committed({"descriptions/gone.md": "Gone\n"})
    (origin.path / "descriptions/gone.md").unlink()
    origin.commit()
    for options, kept, cure in (
        ("--depth=1", set(), "fetch-depth: 0"),
        ("--depth=2", {"gone.md"}, "fetch-depth: 0"),
        ("--filter=blob:none", {"gone.md"}, "git fetch --refetch --no-filter"),
        ("--filter=tree:0", set(), "git fetch --refetch --no-filter"),
    ):
        clone = origin.clone(tmp_path / options, options)
        assert removed(clone) == kept
        (note,) = folder_history(clone).explain_gaps()
        assert cure in note


def test_nothing_is_removed_before_the_first_commit(repo):
    assert removed(repo) == set()


# --- one file ---


def test_all_that_one_file_held_is_read_newest_first(repo):
    for text in ("one", "two", "one"):
        repo.committed({"config.yaml": text, "other.yaml": f"not {text}"})
    tip = repo.head()
    repo.committed({"config.yaml": "later"})
    repo.git("rm", "--quiet", "config.yaml")
    repo.commit()
    here = Repository.discover(repo.path)
    assert read_file_versions(here, "config.yaml", commit=tip) == [b"one", b"two"]
    assert read_file_versions(here, "config.yaml", commit=repo.head()) == [b"later", b"one", b"two"]
    assert read_file_versions(here, "nothing.yaml", commit=tip) == []


def test_a_partial_clone_has_of_a_file_what_is_there(repo, tmp_path):
    for text in ("one", "two"):
        repo.committed({"config.yaml": text})
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = repo.clone(tmp_path / "clone", "--filter=blob:none")
    here = Repository.discover(clone.path)
    assert read_file_versions(here, "config.yaml", commit=clone.head()) == [b"two"]


def test_the_events_of_one_file_are_read_alone_with_those_of_its_former_paths(repo):
    first = repo.committed({"descriptions/old.md": "A\n", "descriptions/other.md": "B\n"})
    repo.git("mv", "descriptions/old.md", "descriptions/new.md")
    second = repo.committed({"descriptions/new.md": "C\n"})
    history = FolderHistory(Repository.discover(repo.path), "descriptions", second)
    found = history.read_own_events({"new.md"})
    assert {(each.commit, each.path) for each in found} == {
        (second, "new.md"),
        (second, "old.md"),
        (first, "old.md"),
    }
    assert not history.has_read_events
    assert len(history.events) == 4
    assert history.read_own_events({"new.md"}) == found
