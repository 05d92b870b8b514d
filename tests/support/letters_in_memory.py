"""A mailer that sends nothing, and composes as the real one does."""

from dataclasses import dataclass, field
from email.headerregistry import Address

from onboarding.adapters.mail.compose import Composer
from onboarding.adapters.memory import MemoryMailer
from onboarding.domain.letters import Letter


@dataclass
class Composing(MemoryMailer):
    """A mailer in memory that composes as the real one does."""

    composer: Composer = field(
        default_factory=lambda: Composer(Address(addr_spec="xes@mail.example"))
    )

    def octets(self, letter: Letter) -> bytes:
        return self.composer.compose(letter).as_bytes()
