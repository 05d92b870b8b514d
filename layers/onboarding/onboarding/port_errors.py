"""What ports raise and use cases act on.

Apart from the ports, because this is needed at run time and they are not.
"""


class ConcurrentChange(Exception):
    """Somebody else wrote in between; read again and decide again."""


class DeliveryReused(Exception):
    """A delivery id came a second time with another body."""


class AlreadyExists(Exception):
    """SES holds the identity already."""


class SesBusy(Exception):
    """SES answers too many requests for the account; nothing is wrong with this one.

    ``wait_seconds`` is how long to wait before it is worth asking again, by the system's clock.
    """

    def __init__(self, text: str = "", wait_seconds: int = 60) -> None:
        super().__init__(text)
        self.wait_seconds = wait_seconds


class MailRefused(Exception):
    """The mail was definitely not sent, so trying again cannot send it twice."""


class SesFault(Exception):
    """SES failed. The text has the operation and SES's code alone: SES's own messages, and the
    SDK's, name the address, and messages are logged."""


class IncreasePending(Exception):
    """An increase of the quota waits for AWS already; only one may."""


class NotAuthentic(Exception):
    """A webhook call is unsigned, stale or forged. The text is for the log, not for the caller."""


class SourceNotSetUp(Exception):
    """The ticket system has no settings yet: ``xes tickets set`` gives it some."""


class BusUnavailable(Exception):
    """The event bus did not take an event; it may be offered again."""


class DeskBusy(Exception):
    """The ticket system did certainly not do it now, and may do it later; ``retry_after`` is in
    seconds, where it says."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class DeskInDoubt(DeskBusy):
    """Whether the ticket system did it is not known: a time-out, a lost connection, a fault."""


class DeskRefused(Exception):
    """The ticket system will never do this: no such ticket, or a closed one."""


class ListEnded(Exception):
    """The list cannot be read on from there: it is to be begun again."""
