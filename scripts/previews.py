"""Writes `docs/previews/`: every letter in every state as a picture, and its text.

A picture shows a letter by day, by night, and on a phone, as Chromium renders it; `index.md` lists
them with their subjects and attachments. Made by `make previews`, looked at by whoever changes a
template. The pictures hold few colours, so that all of them stay small.
"""

from __future__ import annotations

import io
import sys
import tempfile
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import Image
from sample_letters import samples

from onboarding.adapters.mail.compose import Composer
from onboarding.domain.letters import Letter
from onboarding.domain.reply_to import ReplyTo
from tests.support.browser import Browser, browser, look, violations

FOLDER: Final = Path(__file__).parents[1] / "docs" / "previews"
SENDER: Final = Address(display_name="XES e-mail set-up", addr_spec="onboarding@xes.example")
COMPOSER: Final = Composer(SENDER, ReplyTo.parse("*=support+{ticket_id}@xes.example"))
GAP: Final = 16
COLOURS: Final = 64
SCALE: Final = 0.75


class Screen(NamedTuple):
    """How a letter is looked at; `width` in CSS pixels."""

    width: int
    dark: bool = False


SCREENS: Final = (Screen(680), Screen(680, dark=True), Screen(360))


def main(arguments: Sequence[str]) -> int:
    """All letters, or only those that are named."""
    chosen = {n: made for n, made in samples().items() if not arguments or n in arguments}
    messages = {name: COMPOSER.compose(made) for name, made in chosen.items()}
    FOLDER.mkdir(exist_ok=True)
    if not arguments:
        for old in FOLDER.iterdir():
            old.unlink()
        (FOLDER / "index.md").write_text(index(chosen, messages), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder)) as driver:
        for name, message in messages.items():
            page = Path(folder, f"{name}.html")
            page.write_text(body(message, "html"), encoding="utf-8")
            sheet = side_by_side([shot(driver, page, screen) for screen in SCREENS])
            sheet.save(FOLDER / f"{name}.png", optimize=True)
            (FOLDER / f"{name}.txt").write_text(body(message, "plain"), encoding="utf-8")
    return 0


def body(message: EmailMessage, kind: str) -> str:
    """One of the two parts, as it is received."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def shot(driver: Browser, page: Path, screen: Screen) -> Image.Image:
    """The whole page, however long. One wider than its screen, or in which axe-core finds a
    violation of WCAG 2.2 AA, is a fault."""
    driver.get(page.as_uri())
    look(driver, width=screen.width, dark=screen.dark)
    size = "const d = document.documentElement; return [d.scrollWidth, d.scrollHeight]"
    width, height = driver.execute_script(size)
    if width > screen.width:
        raise SystemExit(f"{page.stem} needs {width} pixels of {screen.width}")
    if found := violations(driver):
        raise SystemExit(f"{page.stem} is hard to use for some: {found}")
    height = driver.execute_script("return document.querySelector('.outer').offsetHeight")
    clip = {"x": 0, "y": 0, "width": screen.width, "height": height, "scale": SCALE}
    wanted: dict[str, Any] = {"format": "png", "captureBeyondViewport": True, "clip": clip}
    taken = driver.execute_cdp_cmd("Page.captureScreenshot", wanted)
    return Image.open(io.BytesIO(b64decode(taken["data"]))).convert("RGB")


def side_by_side(pictures: Sequence[Image.Image]) -> Image.Image:
    """On one sheet, in few colours: a letter needs no more."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) + 1)
    height = max(picture.height for picture in pictures) + 2 * GAP
    sheet = Image.new("RGB", (width, height), "#c9ced6")
    left = GAP
    for picture in pictures:
        sheet.paste(picture, (left, GAP))
        left += picture.width + GAP
    return in_few_colours(sheet)


def in_few_colours(picture: Image.Image) -> Image.Image:
    """The most frequent colours just as they are, areas and buttons among them; what is between,
    the edges of letters, becomes the nearest of these."""
    octets = picture.tobytes()
    counted = Counter(octets[at : at + 3] for at in range(0, len(octets), 3))
    palette = Image.new("P", (1, 1))
    palette.putpalette(b"".join(colour for colour, _ in counted.most_common(COLOURS)))
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def index(letters: Mapping[str, Letter], messages: Mapping[str, EmailMessage]) -> str:
    """What there is to be seen."""
    lines = [
        "# Every letter in every state",
        "",
        "By day, by night and on a phone, and as plain text. Written by `make previews` from",
        "`scripts/sample_letters.py`: do not edit it here. When each is sent: `docs/mails.md`.",
        "",
        "| picture | text | subject | attached |",
        "| --- | --- | --- | --- |",
    ]
    for name in letters:
        message = messages[name]
        files = ", ".join(f"`{part.get_filename()}`" for part in message.iter_attachments())
        lines.append(
            f"| [{name}]({name}.png) | [text]({name}.txt) | {message['Subject']} | {files} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
