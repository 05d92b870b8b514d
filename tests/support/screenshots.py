"""``make screenshots``: pictures of every state of the pages, for the documentation."""

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from selenium.webdriver.common.by import By

from local.paths import ROOT
from tests.support.browser import Browser, browser, look, picture
from tests.support.console_states import busy
from tests.support.page_server import Site
from tests.support.page_states import STATES
from tests.support.world import DOMAIN

FOLDER = ROOT / "docs" / "pages"
HEIGHT = 1600
"""Pixels: enough to see what a page is like."""


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as own, browser(Path(own)) as driver:
        for name, reach in STATES.items():
            with _site() as site:
                reach(site.world)
                _take(driver, site.link(), f"customer-{name.replace('_', '-')}")
        _others(driver)
        _console(driver)
    return 0


@contextmanager
def _site() -> Iterator[Site]:
    with Site().served() as site:
        yield site


def _others(driver: Browser) -> None:
    with _site() as site:
        STATES["wrong"](site.world)
        _take(driver, site.link(), "customer-wrong-dark", dark=True)
        _take(driver, site.link(), "customer-wrong-phone", width=320)
        look(driver, width=800)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        _save(driver, "customer-wrong-print")
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        _take(driver, f"{site.base}/d/{'0' * 64}", "dead-link")


def _console(driver: Browser) -> None:
    with _site() as site:
        approval = busy(site)
        base = site.console()
        _take(driver, base, "console", width=1100)
        _take(driver, base, "console-phone", width=320)
        _take(driver, f"{base}/approvals/{approval}", "console-approval")
        driver.get(f"{base}/domains/{DOMAIN}")
        driver.find_element(By.TAG_NAME, "summary").click()
        look(driver, width=1100)
        _save(driver, "console-domain")


def _take(
    driver: Browser, address: str, name: str, *, width: int = 800, dark: bool = False
) -> None:
    look(driver, width=width, dark=dark)
    driver.get(address)
    _save(driver, name)


def _save(driver: Browser, name: str) -> None:
    image = Image.open(io.BytesIO(picture(driver))).convert("RGB")
    shown = image.crop((0, 0, image.width, min(image.height, HEIGHT)))
    # Of the colours of a page all that matter are kept, and a half of its size is saved.
    small = shown.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
