"""The chart of flags per day: the data, the drawing, and its words."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

from onboarding.domain.feedback_chart import chart, svg
from onboarding.domain.feedback_event import FeedbackKind
from onboarding.domain.responsibility import Responsible
from tests.contract.test_feedback import a_flag
from tests.support.values import NOW

DAY = timedelta(days=1)
SVG = "{http://www.w3.org/2000/svg}"
FLAGS = [
    a_flag(1), a_flag(2), a_flag(3, at=NOW - DAY),
    a_flag(4, kind=FeedbackKind.COMPLAINT, type="abuse"),
    a_flag(5, responsible=Responsible.CUSTOMER),
]  # fmt: skip


def test_the_rows_have_every_day_and_only_what_the_provider_answers_for() -> None:
    shown = chart("Flags of acme", FLAGS, NOW.date() - 2 * DAY, NOW.date())
    assert shown.rows == [
        {"day": "2026-11-21", "bounces": 0, "complaints": 0, "apart": 0},
        {"day": "2026-11-22", "bounces": 1, "complaints": 0, "apart": 0},
        {"day": "2026-11-23", "bounces": 2, "complaints": 1, "apart": 0},
    ]
    assert shown.description == (
        "From 21 November 2026 to 23 November 2026: 3 bounces and 1 complaint. "
        "Most on 23 November: 2 bounces and 1 complaint."
    )


def test_the_drawing_is_well_formed_and_says_what_it_shows() -> None:
    shown = chart('Flags of "<acme>" & others', FLAGS, NOW.date() - 29 * DAY, NOW.date())
    root = ET.fromstring(svg(shown))  # noqa: S314 - our own
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "flags-title flags-text"
    title, text = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert text is not None
    assert (title.text, text.text) == ('Flags of "<acme>" & others', shown.description)
    fills = [rect.get("fill") for rect in root.findall(f"{SVG}rect")]
    assert fills.count("#2f6db5") == 3, "the legend and two days with bounces"
    assert fills.count("url(#flags-complaints)") == 2, "complaints are told apart by a pattern too"
    assert "script" not in svg(shown)


def test_the_tallest_day_fills_the_drawing_and_none_leaves_it() -> None:
    root = ET.fromstring(svg(chart("Flags", FLAGS, NOW.date(), NOW.date())))  # noqa: S314 - ours
    bars = [rect for rect in root.findall(f"{SVG}rect") if rect.get("height") != "10"]
    tops = [float(str(rect.get("y"))) for rect in bars]
    heights = [float(str(rect.get("height"))) for rect in bars]
    assert min(tops) == 28
    assert sum(heights) == 200 - 28 - 24


def test_a_chart_without_flags_is_a_chart() -> None:
    shown = chart("Flags", [], date(2026, 11, 1), date(2026, 11, 1))
    assert (
        shown.description == "From 1 November 2026 to 1 November 2026: 0 bounces and 0 complaints."
    )
    assert ET.fromstring(svg(shown)) is not None  # noqa: S314 - our own
