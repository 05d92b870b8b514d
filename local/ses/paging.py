"""Pages of a list, with an opaque token that names the last item already given."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from local.ses.errors import bad_request

Item = TypeVar("Item")

_MARK: Final = b"after:"


def page(
    items: Sequence[Item],
    key: Callable[[Item], str],
    arguments: Mapping[str, Any],
    usual: int,
    most: int,
) -> tuple[list[Item], str | None]:
    """The items after `NextToken`, at most `PageSize`, and the token of the next page.

    `items` are sorted by `key`, so that a list that changes between pages neither repeats nor
    skips what stays. Raises SesError (BadRequestException).
    """
    size = arguments.get("PageSize", usual)
    if not 1 <= size <= most:
        raise bad_request(f"PageSize must be between 1 and {most}.")
    after = _decode(arguments.get("NextToken"))
    rest = [item for item in items if after is None or key(item) > after]
    chosen = rest[:size]
    return chosen, _encode(key(chosen[-1])) if len(rest) > size else None


def _encode(last: str) -> str:
    return base64.urlsafe_b64encode(_MARK + last.encode()).decode()


def _decode(token: str | None) -> str | None:
    if not token:
        return None
    try:
        last = base64.b64decode(token, altchars=b"-_", validate=True)
        if last.startswith(_MARK):
            return last.removeprefix(_MARK).decode()
    except (binascii.Error, ValueError):
        pass
    raise bad_request("The specified NextToken is not valid.")
