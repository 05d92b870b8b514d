"""Letters as e-mails: composed by templates, sent through Amazon SES."""

from onboarding.adapters.mail.sender import SesMailer

__all__ = ["SesMailer"]
