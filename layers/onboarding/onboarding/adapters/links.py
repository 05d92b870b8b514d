"""The addresses of pages, from an API whose id is looked up when it is first needed."""

from functools import cached_property
from typing import Any, Final

STAGE: Final = "v1"
"""The API's only stage, as the template names it."""


class BaseLinks:
    """Implements ``SigningLinks`` and ``PageAddresses`` from the API's base address."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def url(self, token: str) -> str:
        return f"{self._base}/sign/{token}"

    def customer_page(self, token: str) -> str:
        return f"{self._base}/d/{token}"

    def agent_page(self, token: str) -> str:
        return f"{self._base}/console/{token}"

    def unsubscribe(self, token: str) -> str:
        return f"{self._base}/unsubscribe/{token}"


class ApiLinks:
    """Implements ``SigningLinks`` and ``PageAddresses``.

    ``api_url`` has ``{api_id}`` and ``{stage}`` left open. The id is read from the parameter store:
    the API refers to the function that starts the workflow, which refers to the functions of its
    states, so none of these can be told the API's id by the template that makes them all.
    """

    def __init__(self, client: Any, parameter: str, api_url: str) -> None:
        self._client = client
        self._parameter = parameter
        self._api_url = api_url

    def url(self, token: str) -> str:
        return self._links.url(token)

    def customer_page(self, token: str) -> str:
        return self._links.customer_page(token)

    def agent_page(self, token: str) -> str:
        return self._links.agent_page(token)

    def unsubscribe(self, token: str) -> str:
        return self._links.unsubscribe(token)

    @cached_property
    def _links(self) -> BaseLinks:
        answer = self._client.get_parameter(Name=self._parameter)
        api_id = answer["Parameter"]["Value"]
        return BaseLinks(self._api_url.format(api_id=api_id, stage=STAGE))
