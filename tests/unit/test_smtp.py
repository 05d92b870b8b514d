"""The sheet of SMTP settings: SES's own host and ports, the account's header fields, no secret."""

from onboarding.domain.smtp import SmtpSheet

SHEET = SmtpSheet("acme", "eu-west-1", "acme", "acme-mail")


def test_the_settings_are_sess_own() -> None:
    assert SHEET.as_json() == {
        "account_id": "acme",
        "host": "email-smtp.eu-west-1.amazonaws.com",
        "ports": {"starttls": [587, 2587, 25], "tls": [465, 2465]},
        "tls": "required",
        "authentication": "SMTP credentials of Amazon SES",
        "headers": {"X-SES-CONFIGURATION-SET": "acme-mail", "X-SES-TENANT": "acme"},
    }


def test_the_text_shows_every_setting_and_how_to_make_credentials() -> None:
    text = SHEET.as_text()
    for wanted in (
        "email-smtp.eu-west-1.amazonaws.com",
        "587 (or 2587, 25)",
        "465 (or 2465)",
        "X-SES-CONFIGURATION-SET: acme-mail",
        "X-SES-TENANT: acme",
        "Create\nSMTP credentials",
        "console of eu-west-1",
    ):
        assert wanted in text


def test_the_digest_changes_with_any_setting_and_with_nothing_else() -> None:
    others = [
        SmtpSheet("acme", "eu-south-1", "acme", "acme-mail"),
        SmtpSheet("acme", "eu-west-1", "other", "acme-mail"),
        SmtpSheet("acme", "eu-west-1", "acme", "other"),
    ]
    assert len({SHEET.digest, *(other.digest for other in others)}) == 4
    assert SHEET.digest == SmtpSheet("acme", "eu-west-1", "acme", "acme-mail").digest
