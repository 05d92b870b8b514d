"""The agents' pages: HTML without scripts."""

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from onboarding.adapters.page_templates import PageTemplates
from onboarding.domain.approval import ApprovalStatus, what_is_asked
from onboarding.domain.document import particulars
from onboarding.domain.feedback_chart import svg
from onboarding.domain.lifecycle import State

_TONES: Final = {
    State.VERIFIED: "good",
    State.AT_RISK: "wrong",
    State.LOST: "wrong",
    State.FAILED: "wrong",
    State.REJECTED: "over",
    State.EXPIRED: "over",
    State.OFFBOARDED: "over",
}


class ConsolePages:
    """Each page takes the result of the use case that it shows, and ``base``: the relative address
    of the agents' first page. ``policy`` is the Content-Security-Policy of all of them."""

    def __init__(self) -> None:
        self._templates = PageTemplates()
        self.policy = self._templates.policy
        self._helpers = {
            "age": age,
            "asked": what_is_asked,
            # It escapes what it writes.
            "drawing": lambda chart: Markup(svg(chart)),  # noqa: S704
            "particulars": particulars,
            "path": lambda text: quote(text, safe=""),
            "pending": ApprovalStatus.PENDING,
            "plain_text": plain_text,
            "state_name": state_name,
            "state_title": lambda state: state_name(state)[:1].upper() + state_name(state)[1:],
            "states": tuple(state for state in State if state is not State.AWAITING_LINK),
            "tone": lambda state: _TONES.get(state, "waiting"),
        }

    def console(self, console: Any, base: str) -> str:
        return self._render("console/list", base, console=console)

    def case(self, case: Any, base: str) -> str:
        return self._render("console/case", base, case=case)

    def approval(self, asked: Any, base: str, *, notice: str = "") -> str:
        return self._render("console/approval", base, question_=asked, notice=notice)

    def unknown(self) -> str:
        """The one answer to every link that opens nothing."""
        return self._templates.unknown()

    def refused(self, reason: str) -> str:
        return self._templates.refused(reason, "Go back to the page and press the button there.")

    def _render(self, name: str, base: str, **values: object) -> str:
        return self._templates.render(name, base=base, **self._helpers, **values)


def state_name(state: State) -> str:
    """In words."""
    return state.value.replace("_", " ").replace("dns", "DNS")


def age(since: datetime, now: datetime) -> str:
    """``3 d 4 h``, ``5 h``, ``7 min``."""
    minutes = int(max(now - since, timedelta()).total_seconds() // 60)
    hours = minutes // 60
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h" if hours else f"{minutes} min"


def plain_text(message: bytes) -> tuple[str, str, str]:
    """Subject, recipient and plain text of a mail; empty texts for one that is too large to be
    kept."""
    read = message_from_bytes(message, policy=policy.default)
    body = read.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    return str(read["Subject"] or ""), str(read["To"] or ""), text
