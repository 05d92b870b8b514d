"""The page of the local tickets: plain HTML, no scripts, everything escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from local.desk.tickets import SOURCES, LocalTicket

STYLE: Final = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .3rem .6rem .3rem 0 }
article { border-left: 4px solid #888; margin: 1rem 0; padding: .1rem 1rem; white-space: pre-wrap }
article.public { border-color: #2a7 }
small { opacity: .8 } label { display: block; margin: .5rem 0 }
input, select, textarea { font: inherit; width: 100%; max-width: 30rem; box-sizing: border-box }
button { font: inherit; padding: .3rem 1rem }
"""

FIELDS: Final = (
    ("account", "Account (agents only)"),
    ("domain", "Domain"),
    ("methods", "Methods, e.g. dkim dmarc"),
    ("dns_contact", "Who administers the DNS"),
)


def list_page(tickets: Sequence[LocalTicket]) -> str:
    rows = "".join(
        f'<tr><td><a href="/tickets/{t.source}/{t.ticket_id}">{escape(t.ticket_id)}</a></td>'
        f"<td>{t.source}</td><td>{escape(t.subject)}</td><td>{escape(t.status)}</td>"
        f"<td>{escape(', '.join(t.tags))}</td></tr>"
        for t in reversed(tickets)
    )
    empty = "" if tickets else "<p>No tickets yet.</p>"
    head = "<tr><th>Ticket</th><th>System</th><th>Subject</th><th>Status</th><th>Tags</th></tr>"
    return _page("Tickets", f"<table>{head}{rows}</table>{empty}<h2>New ticket</h2>{_new_ticket()}")


def _new_ticket() -> str:
    options = "".join(f"<option>{source}</option>" for source in SOURCES)
    inputs = "".join(_input(name, label) for name, label in (("subject", "Subject"), *FIELDS))
    return (
        '<form method="post" action="/tickets">'
        f'<label>System <select name="source">{options}</select></label>{inputs}'
        '<label>Text <textarea name="text" rows="4"></textarea></label>'
        "<button>Open the ticket</button></form>"
    )


def _input(name: str, label: str) -> str:
    return f'<label>{escape(label)} <input name="{name}"></label>'


def ticket_page(ticket: LocalTicket) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in ticket.fields.items()
    )
    body = (
        f'<p><a href="/">All tickets</a></p><p>{escape(ticket.source)}, {escape(ticket.status)}, '
        f"{escape(', '.join(ticket.tags)) or 'no tags'}</p><p>{escape(ticket.text)}</p>"
        f"<table>{rows}</table><h2>Comments</h2>{''.join(_comments(ticket))}"
        f"<h2>As the agent</h2>{_answer(ticket)}"
    )
    return _page(f"{ticket.ticket_id}: {ticket.subject}", body)


def _comments(ticket: LocalTicket) -> Iterable[str]:
    for comment in ticket.comments:
        kind = "public" if comment.public else "internal"
        yield (
            f'<article class="{kind}"><small>{escape(comment.author)}, {kind}, '
            f"{comment.at:%H:%M:%S}</small>\n{escape(comment.body)}</article>"
        )


def _answer(ticket: LocalTicket) -> str:
    action = f"/tickets/{ticket.source}/{ticket.ticket_id}"
    buttons = "".join(
        f'<button name="approval" value="{value}">{label}</button> '
        for value, label in (("Approved", "Approve"), ("Refused", "Refuse"))
    )
    return (
        f'<form method="post" action="{action}">{buttons}</form>'
        f'<form method="post" action="{action}">{_input("domain", "Domain")}'
        "<button>Set the domain</button></form>"
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
