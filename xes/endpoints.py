"""Servers as they are named on the command line."""

from xes.output import Exit, stop


def endpoint(text: str, default_port: int) -> tuple[str, int]:
    """``host``, ``host:port``, ``[v6]`` or ``[v6]:port``."""
    host, port = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        stop(Exit.WRONG_USE, f"{text} is not HOST or HOST:PORT.")
    return host, int(port) if port else default_port
