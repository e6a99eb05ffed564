"""`preview` in a real browser: it follows the file, and its policy lets our script run."""

import subprocess
import sys
from contextlib import contextmanager

import pytest
from processes import started
from repositories import Repo, make_hermetic

pytestmark = pytest.mark.browser
CONFIG = "version: 1\ntargets: {sandbox: {sandbox: store.sqlite3}}\n"


@contextmanager
def previewing(repo):
    """The address of the page, for as long as the context lasts."""
    command = [sys.executable, "-m", "sync", "preview", "descriptions/lantern.md", "--no-open"]
    with started(command, cwd=repo.path, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().split()[-1]


def test_the_page_is_loaded_again_whenever_the_file_is_saved(tmp_path, monkeypatch, browser):
    from selenium.webdriver.support.ui import WebDriverWait  # noqa: PLC0415 - half a second

    make_hermetic(monkeypatch)
    repo = Repo.create(tmp_path)
    repo.write("config.yaml", CONFIG)
    repo.write("descriptions/lantern.md", "# Brass lantern\n")
    browser.get_log("browser")
    with previewing(repo) as url:
        browser.get(url)
        assert "Brass lantern" in browser.find_element("tag name", "main").text
        for title in ("Copper lantern", "Iron lantern"):
            repo.write("descriptions/lantern.md", f"# {title}\n")
            WebDriverWait(browser, 20).until(lambda page, title=title: title in page.page_source)
        assert browser.get_log("browser") == []
