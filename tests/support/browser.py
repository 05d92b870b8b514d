"""A real browser, headless, that a test drives as a person would; axe-core judges what it shows."""

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service

from local.paths import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Browser = webdriver.Chrome


@contextmanager
def browser(folder: Path, *, javascript: bool = True) -> Iterator[Browser]:
    """Chromium with a profile of its own below ``folder``; downloads go to ``folder/downloads``."""
    options = webdriver.ChromeOptions()
    options.binary_location = which("chromium") or ""
    for argument in (*ARGUMENTS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(argument)
    preferences: dict[str, Any] = {
        "download.default_directory": str(folder / "downloads"),
        "download.prompt_for_download": False,
        "plugins.always_open_pdf_externally": True,
    }
    if not javascript:
        preferences["profile.managed_default_content_settings.javascript"] = 2
    options.add_experimental_option("prefs", preferences)
    driver = webdriver.Chrome(options=options, service=Service(which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def text(driver: Browser) -> str:
    """What the page says; nothing while the next one is being loaded.

    Read in one step inside the page: an element that is found first and read afterwards may
    belong to the page before.
    """
    script = "const main = document.querySelector('main'); return main ? main.innerText : ''"
    try:
        return str(driver.execute_script(script))
    except WebDriverException:
        return ""


def look(driver: Browser, *, width: int, dark: bool = False) -> None:
    """Show the page ``width`` CSS pixels wide, by day or by night."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def violations(driver: Browser) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA and good practice: rule and element."""
    if not AXE.exists():
        npm = ("npm", "ci", "--silent", "--no-audit", "--no-fund")
        subprocess.run(npm, cwd=ROOT, check=True)
    driver.execute_script(AXE.read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    # Style sheets are not fetched anew: the page's own policy forbids it, and there is only one.
    options = json.dumps({"runOnly": {"type": "tag", "values": tags}, "preload": False})
    found = driver.execute_async_script(
        f"const done = arguments[0]; axe.run(document, {options}).then(done, e => done(String(e)))"
    )
    assert isinstance(found, dict), found
    assert found["passes"], "axe-core looked at nothing"
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def scrolls_sideways(driver: Browser) -> bool:
    script = "const e = document.documentElement; return e.scrollWidth > e.clientWidth"
    return bool(driver.execute_script(script))


def clipboard(driver: Browser) -> str:
    """What was copied last."""
    allowed = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    driver.execute_cdp_cmd("Browser.grantPermissions", allowed)
    script = (
        "const done = arguments[0]; navigator.clipboard.readText().then(done, e => done(`${e}`))"
    )
    return str(driver.execute_async_script(script))


def printed(driver: Browser) -> str:
    """What the page says on paper."""
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        return text(driver)
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def picture(driver: Browser) -> bytes:
    """The whole page as a PNG."""
    options = {"captureBeyondViewport": True}
    return base64.b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", options)["data"])
