"""A headless Chromium, and axe-core to look at pages with."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SIZES = {"desktop": (1400, 900), "phone": (390, 844)}
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def need(program, *, package):
    """The program's path; where it is missing the test is skipped, but not in CI."""
    path = shutil.which(program)
    if path is None:
        missing = f"{program} is not installed (Debian: apt-get install {package})"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return path


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    from selenium import webdriver  # noqa: PLC0415 - takes half a second

    options = webdriver.ChromeOptions()
    options.binary_location = need("chromium", package="chromium")
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(need("chromedriver", package="chromium-driver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture
def view(browser):
    """Opens a page on a screen of a size, in light or dark."""

    def view(page, size="desktop", *, scheme="light"):
        width, height = SIZES[size]
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        for log in ("browser", "performance"):
            browser.get_log(log)
        browser.get("about:blank")
        browser.get(page)
        return browser

    return view


@pytest.fixture
def requested(browser):
    """Tells what was asked for since the page was opened, but for URLs that hold what they name."""

    def requested():
        entries = browser.get_log("performance")
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        urls = [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in urls if not url.startswith(("data:", "about:"))]

    return requested


@pytest.fixture
def violations(browser, axe):
    """Tells what axe objects to in the page that is open."""

    def violations():
        browser.execute_script(axe)
        found = browser.execute_async_script("axe.run().then(arguments[0])")
        assert len(found["passes"]) > 10
        return [
            (violation["id"], [node["html"] for node in violation["nodes"]])
            for violation in found["violations"]
        ]

    return violations


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """The source of axe-core: from the file that AXE_CORE names, else from npm."""
    if path := os.environ.get("AXE_CORE"):
        return Path(path).read_text(encoding="utf-8")
    npm = need("npm", package="npm")
    folder = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@4"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        if os.environ.get("CI"):
            pytest.fail(done.stderr)
        pytest.skip("axe-core cannot be installed from npm; name its axe.min.js in AXE_CORE")
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
