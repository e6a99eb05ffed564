import os
from pathlib import Path

import pytest
from repositories import Repo, make_hermetic

from sync.errors import GitError
from sync.git import Repository, TrackedFiles, find_uncommitted_files


@pytest.fixture(autouse=True)
def _hermetic(monkeypatch):
    make_hermetic(monkeypatch)


@pytest.fixture
def repo(tmp_path):
    return Repo.create(tmp_path / "repo")


def everything(_path):
    return True


def tracked(repo, *, commit=None, folder="descriptions", wanted=everything):
    return Repository.discover(repo.path).read_tracked_files(folder, commit, include=wanted)


# --- where the repository is ---


def test_is_found_from_a_subfolder_and_from_a_file(repo):
    file = repo.write("descriptions/props/lamp.md", "A lamp.\n")
    expected = Repository(repo.path, repo.path / ".git")
    assert Repository.discover(file) == expected
    assert Repository.discover(file.parent) == expected
    assert Repository.discover(repo.path / "not/yet/there.md") == expected


def test_worktrees_share_the_folder_in_which_locks_live(repo, tmp_path):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.git("worktree", "add", "--quiet", str(tmp_path / "side"))
    worktree = Repository.discover(tmp_path / "side")
    assert worktree == Repository(tmp_path / "side", repo.path / ".git")


def test_a_hook_s_environment_does_not_lead_to_another_repository(repo, tmp_path, monkeypatch):
    other = Repo.create(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    assert Repository.discover(repo.path).root == repo.path


def test_a_folder_outside_any_repository_is_told_how_to_start_one(tmp_path):
    with pytest.raises(GitError, match="is not in a git repository") as caught:
        Repository.discover(tmp_path)
    assert "git init" in caught.value.hint


def test_a_bare_repository_has_no_files(tmp_path):
    Repo.create(tmp_path / "bare", "--bare")
    with pytest.raises(GitError, match="bare repository"):
        Repository.discover(tmp_path / "bare")


def test_a_foreign_owner_is_named_with_the_cure(repo, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError, match="belongs to another user") as caught:
        Repository.discover(repo.path)
    assert caught.value.hint.endswith(f"safe.directory {repo.path}")


def test_a_machine_without_git_is_told_to_install_it(repo, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitError, match="git was not found") as caught:
        Repository.discover(repo.path)
    assert "Install git" in caught.value.hint


def test_a_git_that_is_too_old_is_told_with_the_version_needed(tmp_path, monkeypatch):
    git = tmp_path / "git"
    places = 'printf "%s\\n" --path-format=absolute /root .git'
    git.write_text(f"#!/bin/sh\n[ $1 = version ] && echo git version 2.25.1 || {places}\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="too old") as caught:
        Repository.discover(tmp_path)
    assert "2.36" in caught.value.hint


def test_a_line_break_in_the_path_of_a_repository_belongs_to_it(tmp_path):
    repo = Repo.create(tmp_path / "a\nb")
    found = Repository.discover(repo.path)
    assert (found.root, found.common_dir) == (repo.path, repo.path / ".git")


def test_a_path_is_given_from_the_root(repo, tmp_path):
    repository = Repository.discover(repo.path)
    assert repository.make_relative(repo.path / "docs/descriptions") == "docs/descriptions"
    with pytest.raises(GitError, match="outside the repository"):
        repository.make_relative(tmp_path)


# --- commits ---


def test_there_is_no_head_before_the_first_commit(repo):
    repository = Repository.discover(repo.path)
    assert repository.find_head() is None
    with pytest.raises(GitError, match="has no commit yet"):
        repository.resolve_commit("HEAD")


def test_revisions_are_resolved_to_full_ids(repo):
    first = repo.committed({"descriptions/a.md": "A\n"})
    second = repo.committed({"descriptions/a.md": "B\n"})
    repo.git("tag", "-a", "v1", "-m", "One", first)
    repository = Repository.discover(repo.path)
    names = ("main", "HEAD~1", "v1", second[:10])
    assert [repository.resolve_commit(name) for name in names] == [second, first, first, second]


@pytest.mark.parametrize(
    "rev", ["nonsense", "--output=stolen", "-", "HEAD..HEAD", "HEAD:a", "a\0b"]
)
def test_what_names_no_commit_is_refused_by_name(repo, rev):
    repo.committed({"a": "A\n"})
    with pytest.raises(GitError, match="is not a commit of") as caught:
        Repository.discover(repo.path).resolve_commit(rev)
    assert rev in caught.value.message
    assert not (repo.path / "stolen").exists()


def test_a_revision_that_a_shallow_clone_lacks_comes_with_the_cure(repo, tmp_path):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.committed({"descriptions/a.md": "B\n"})
    clone = repo.clone(tmp_path / "clone", "--depth=1")
    with pytest.raises(GitError) as caught:
        Repository.discover(clone.path).resolve_commit("HEAD~1")
    assert "fetch-depth: 0" in caught.value.hint


# --- files ---


def test_tracked_files_are_read_as_they_are_on_disk(repo):
    repo.committed(
        {
            "descriptions/a.md": "A\n",
            "descriptions/gone.md": "Gone\n",
            "descriptions/sub/B.MD": "B\n",
            "descriptions/notes.txt": "no\n",
            "elsewhere/c.md": "C\n",
        }
    )
    repo.write("descriptions/a.md", "A, edited\r\n")
    repo.write("descriptions/new.md", "New\n")
    (repo.path / "descriptions/gone.md").unlink()
    assert tracked(repo) == TrackedFiles({"a.md": b"A, edited\r\n", "sub/B.MD": b"B\n"})


def test_a_file_is_tracked_once_it_is_added(repo):
    repo.write("descriptions/a.md", "A\n")
    assert tracked(repo).files == {}
    repo.git("add", "--intent-to-add", "descriptions/a.md")
    assert tracked(repo).files == {"a.md": b"A\n"}


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_files_are_read_from_a_commit(tmp_path, object_format):
    repo = Repo.create(tmp_path / "repo", f"--object-format={object_format}")
    first = repo.committed({"descriptions/a.md": "A\n", "descriptions/empty.md": ""})
    repo.committed({"descriptions/a.md": "B\n"})
    assert tracked(repo, commit=first).files == {"a.md": b"A\n", "empty.md": b""}


def test_the_repository_itself_may_be_the_folder(repo):
    first = repo.committed({"a.md": "A\n", "sub/b.md": "B\n"})
    both = {"a.md": b"A\n", "sub/b.md": b"B\n"}
    assert tracked(repo, folder=".").files == both
    assert tracked(repo, folder=".", commit=first).files == both


def test_a_folder_that_is_not_there_holds_nothing(repo):
    first = repo.committed({"a.md": "A\n"})
    assert tracked(repo, folder="nowhere") == TrackedFiles({})
    assert tracked(repo, folder="nowhere", commit=first) == TrackedFiles({})


def test_only_wanted_files_are_read(repo):
    first = repo.committed({"descriptions/a.md": "A\n", "descriptions/README.md": "R\n"})
    for commit in (None, first):
        found = tracked(repo, commit=commit, wanted=lambda path: path != "README.md")
        assert found == TrackedFiles({"a.md": b"A\n"})


@pytest.mark.parametrize("name", ["[a]*.md", "two words.md", "line\nbreak.md", "œuvre.md", "-n.md"])
def test_any_name_is_read(repo, name):
    first = repo.committed({f"odd [folder]*/{name}": "A\n"})
    for commit in (None, first):
        assert tracked(repo, folder="odd [folder]*", commit=commit).files == {name: b"A\n"}


def test_a_name_that_is_not_utf_8_is_left_out_with_a_note(repo):
    raw = os.fsencode(repo.path) + b"/descriptions"
    os.mkdir(raw)  # noqa: PTH102 - a path of bytes
    Path(os.fsdecode(raw + b"/\xff.md")).write_bytes(b"A\n")
    first = repo.commit()
    note = "\\xff.md: its name is not UTF-8; it was left out."
    for commit in (None, first):
        assert tracked(repo, commit=commit) == TrackedFiles({}, (note,))


def test_symbolic_links_are_not_followed(repo, tmp_path):
    secret = tmp_path / "secret.md"
    secret.write_text("secret\n")
    repo.write("descriptions/a.md", "A\n")
    (repo.path / "descriptions/link.md").symlink_to(secret)
    first = repo.commit()
    expected = TrackedFiles({"a.md": b"A\n"}, ("link.md: a symbolic link; it was left out.",))
    assert tracked(repo) == expected
    assert tracked(repo, commit=first) == expected


def test_what_became_a_link_since_it_was_added_is_not_followed(repo, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.md").write_text("secret\n")
    repo.committed({"descriptions/a.md": "A\n", "descriptions/sub/b.md": "B\n"})
    (repo.path / "descriptions/a.md").unlink()
    (repo.path / "descriptions/a.md").symlink_to(outside / "b.md")
    (repo.path / "descriptions/sub/b.md").unlink()
    (repo.path / "descriptions/sub").rmdir()
    (repo.path / "descriptions/sub").symlink_to(outside)
    found = tracked(repo)
    assert found.files == {}
    assert found.notes == (
        "a.md: reached through a symbolic link; it was left out.",
        "sub/b.md: reached through a symbolic link; it was left out.",
    )


def test_a_folder_in_the_place_of_a_file_is_left_out_with_a_note(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    (repo.path / "descriptions/a.md").unlink()
    (repo.path / "descriptions/a.md").mkdir()
    assert tracked(repo) == TrackedFiles({}, ("a.md: not a file; it was left out.",))


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(repo):
    repo.write("a", "A\n")
    blob = repo.git("hash-object", "-w", "a").strip()
    (repo.path / "descriptions").mkdir()
    name = f"descriptions/{'x' * 300}.md"
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    with pytest.raises(GitError, match=r"x\.md could not be read: File name too long"):
        tracked(repo)


def test_an_object_that_git_lost_is_an_error(repo):
    first = repo.committed({"descriptions/a.md": "A\n"})
    blob = repo.git("rev-parse", "HEAD:descriptions/a.md").strip()
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitError, match=f"git lacks an object: {blob}") as caught:
        tracked(repo, commit=first)
    assert "git fsck" in caught.value.hint


def test_a_submodule_is_no_description(repo, tmp_path):
    inner = Repo.create(tmp_path / "inner")
    inner.committed({"a": "A\n"})
    link = ("submodule", "--quiet", "add", inner.path.as_uri(), "descriptions/sub.md")
    repo.git("-c", "protocol.file.allow=always", *link)
    first = repo.commit()
    note = "sub.md: not a file; it was left out."
    assert tracked(repo) == tracked(repo, commit=first) == TrackedFiles({}, (note,))


def test_a_file_that_a_sparse_checkout_leaves_out_is_not_gone(repo):
    repo.committed({"descriptions/a.md": "A\n", "descriptions/sub/b.md": "B\n"})
    repo.git("sparse-checkout", "set", "--no-cone", "/descriptions/a.md")
    assert not (repo.path / "descriptions/sub/b.md").exists()
    assert tracked(repo).files == {"a.md": b"A\n", "sub/b.md": b"B\n"}
    found = Repository.discover(repo.path)
    assert found.list_tracked_paths(found.list_folder("descriptions", None)) == {
        "a.md",
        "sub/b.md",
    }


def test_line_endings_on_disk_are_given_as_they_are(repo):
    repo.git("config", "core.autocrlf", "true")
    first = repo.committed({"descriptions/a.md": "A\r\n"})
    assert tracked(repo).files == {"a.md": b"A\r\n"}
    assert tracked(repo, commit=first).files == {"a.md": b"A\n"}
    assert find_uncommitted(repo, {"a.md": b"A\r\n"}) == set()


def test_a_file_whose_line_ends_alone_have_changed_is_as_committed(repo):
    """`git status` calls it modified, and `git commit` finds nothing to commit."""
    repo.committed({".gitattributes": "*.md text eol=lf\n", "descriptions/a.md": "A\r\n"})
    repo.write("descriptions/a.md", "A\n")
    assert repo.git("status", "--porcelain")
    assert find_uncommitted(repo, {"a.md": b"A\n"}) == set()


def test_both_sides_of_a_conflict_are_one_file(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.committed({"descriptions/a.md": "B\n"})
    repo.git("checkout", "--quiet", "main")
    repo.committed({"descriptions/a.md": "C\n"})
    repo.merge("side")
    assert list(tracked(repo).files) == ["a.md"]


def test_untracked_files_are_named_unless_git_ignores_them(repo):
    repo.committed({".gitignore": "drafts/\n", "descriptions/a.md": "A\n"})
    repo.write("descriptions/new.md", "New\n")
    repo.write("descriptions/new.txt", "New\n")
    repo.write("descriptions/drafts/b.md", "B\n")
    assert Repository.discover(repo.path).list_folder("descriptions", None).untracked == ("new.md",)


def find_uncommitted(repo, contents):
    found = Repository.discover(repo.path)
    return find_uncommitted_files(
        found,
        found.list_folder("descriptions", None),
        contents,
        head=found.find_head(),
        include=bool,
        others={},
    ).descriptions


def test_dirty_files_differ_on_disk_or_in_the_index(repo):
    names = ["clean", "edited", "staged", "deleted", "restored", "old name"]
    repo.committed({f"descriptions/{name}.md": f"{name}\n" for name in names})
    repo.write("descriptions/edited.md", "other\n")
    repo.write("descriptions/staged.md", "other\n")
    repo.write("descriptions/restored.md", "other\n")
    repo.git("add", "descriptions/staged.md", "descriptions/restored.md")
    repo.write("descriptions/restored.md", "restored\n")
    repo.git("mv", "descriptions/old name.md", "descriptions/new name.md")
    (repo.path / "descriptions/deleted.md").unlink()
    repo.write("descriptions/untracked.md", "new\n")
    repo.write("elsewhere.md", "new\n")
    contents = {
        path.name: path.read_bytes()
        for path in (repo.path / "descriptions").iterdir()
        if path.name != "untracked.md"
    }
    dirty = {"deleted", "edited", "new name", "old name", "restored", "staged"}
    assert find_uncommitted(repo, contents) == {f"{name}.md" for name in dirty}


def test_everything_added_is_dirty_before_the_first_commit(repo):
    repo.write("descriptions/a.md", "A\n")
    repo.git("add", "--all")
    assert find_uncommitted(repo, {"a.md": b"A\n"}) == {"a.md"}


def test_a_damaged_index_is_git_s_own_complaint(repo):
    repo.write(".git/index", "nonsense")
    with pytest.raises(GitError, match=r"git says: fatal: .*: index file smaller"):
        tracked(repo)


# --- changed since ---


@pytest.fixture
def branched(repo):
    """Branch side, checked out: it edits, removes and renames; main goes on."""
    files = ["same", "edited", "removed", "old", "main"]
    repo.committed({f"descriptions/{name}.md": f"{name}\n" for name in files})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.git("rm", "--quiet", "descriptions/removed.md")
    repo.git("mv", "descriptions/old.md", "descriptions/new.md")
    repo.committed({"descriptions/edited.md": "other\n", "elsewhere.md": "other\n"})
    repo.git("checkout", "--quiet", "main")
    repo.committed({"descriptions/main.md": "other\n"})
    repo.git("checkout", "--quiet", "side")
    return repo


CHANGED = {"edited.md", "removed.md", "old.md", "new.md"}


def test_only_what_changed_since_the_merge_base_counts(branched):
    repository = Repository.discover(branched.path)
    commit = branched.head()
    branched.write("descriptions/same.md", "not committed\n")
    base = repository.find_merge_base("main", commit=commit)
    assert repository.find_changed_files("descriptions", base, commit=commit) == CHANGED
    uncommitted = repository.find_changed_files("descriptions", base, commit=None)
    assert uncommitted == CHANGED | {"same.md"}


def test_a_detached_merge_checkout_shows_what_the_branch_brings(branched):
    branched.git("checkout", "--quiet", "--detach", "main")
    branched.merge("side")
    repository = Repository.discover(branched.path)
    base = repository.find_merge_base("main", commit=None)
    assert repository.find_changed_files("descriptions", base, commit=None) == CHANGED


def test_no_common_commit_is_an_error(repo):
    repo.committed({"descriptions/a.md": "A\n"})
    repo.git("checkout", "--quiet", "--orphan", "other")
    repo.committed({"descriptions/a.md": "B\n"})
    repository = Repository.discover(repo.path)
    with pytest.raises(GitError, match="no commit in common"):
        repository.find_merge_base("main", commit=None)


def test_no_common_commit_in_a_shallow_clone_comes_with_the_cure(branched, tmp_path):
    clone = branched.clone(tmp_path / "clone", "--depth=1", "--no-single-branch")
    repository = Repository.discover(clone.path)
    with pytest.raises(GitError, match="no commit in common") as caught:
        repository.find_merge_base("origin/main", commit=None)
    assert "fetch-depth: 0" in caught.value.hint


def test_a_text_missing_from_a_partial_clone_is_an_error_not_a_download(repo, tmp_path):
    first = repo.committed({"descriptions/a.md": "A\n"})
    repo.committed({"descriptions/a.md": "B\n"})
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = repo.clone(tmp_path / "clone", "--filter=blob:none")
    assert tracked(clone).files == {"a.md": b"B\n"}
    with pytest.raises(GitError, match="missing from this clone") as caught:
        tracked(clone, commit=first)
    assert "partial clone" in caught.value.hint


def test_what_git_would_ignore_is_told_before_it_is_there(repo):
    repo.committed({"b.tmp.md": "tracked"})
    repo.committed({".gitignore": "*.tmp.md\n/build/\n:a.md\n"})
    here = Repository.discover(repo.path)
    paths = ["a.tmp.md", "deep/é.tmp.md", "b.tmp.md", "a.md", ":a.md", "build/", "build/a.md", "-x"]
    assert here.find_ignored_paths(paths) == {
        "a.tmp.md",
        "deep/é.tmp.md",
        ":a.md",
        "build/",
        "build/a.md",
    }
    assert here.find_ignored_paths(["a.md"]) == set()


def test_nothing_is_told_of_what_lies_behind_a_link(repo, tmp_path):
    (repo.path / "linked").symlink_to(tmp_path)
    assert Repository.discover(repo.path).find_ignored_paths(["linked/a.md"]) == set()
