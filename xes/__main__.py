"""The command line; ``xes --help`` teaches it."""

import typer

from xes import account, agent, decisions, local, pages, tickets
from xes.batch import show_batch
from xes.check import check
from xes.compliance import show_compliance
from xes.flags import flags
from xes.output import print_anywhere
from xes.records import records
from xes.review import review
from xes.sign import sign
from xes.watch import watch

app = typer.Typer(
    name="xes",
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)
app.info.help = """From a support ticket to a verified sending domain.

Start with `xes local demo`, which shows the whole way on this machine.

Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 could not find out."""
app.command()(check)
app.command()(records)
app.command()(review)
app.command("compliance")(show_compliance)
app.command()(agent.onboard)
app.command("batch")(show_batch)
app.command("list")(agent.list_domains)
app.command()(agent.show)
app.command()(watch)
app.command()(sign)
app.command()(flags)
app.command()(decisions.approve)
app.command()(decisions.refuse)
app.command()(decisions.offboard)
app.command()(decisions.retry)
app.command()(decisions.recount)
app.command()(pages.console)
app.add_typer(pages.app, name="page")
app.add_typer(account.app, name="account")
app.add_typer(tickets.app, name="tickets")
app.add_typer(local.app, name="local")


def main() -> None:
    print_anywhere()
    app()


if __name__ == "__main__":
    main()
