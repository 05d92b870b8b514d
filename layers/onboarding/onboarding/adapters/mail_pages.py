"""The page on which mails are stopped: HTML without a script."""

from onboarding.adapters.page_templates import PageTemplates
from onboarding.domain.stopping import ONE_CLICK, Mailing


class MailPages:
    """``policy`` is the Content-Security-Policy of all of them."""

    def __init__(self) -> None:
        self._templates = PageTemplates()
        self.policy = self._templates.policy

    def page(self, mailing: Mailing, *, done: bool = False) -> str:
        """With a button for what can be done next; ``done``: it was just done."""
        return self._templates.render(
            "mails/page", link=mailing.link, stopped=mailing.stopped, done=done, one_click=ONE_CLICK
        )

    def unknown(self) -> str:
        """The one answer to every link that opens nothing."""
        return self._templates.unknown()

    def refused(self, reason: str) -> str:
        return self._templates.refused(reason, "Open the link in the e-mail, and press its button.")
