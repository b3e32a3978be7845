"""A text model behind an OpenAI-compatible chat endpoint; the operator's key for it is in no error and no log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
from pydantic import BaseModel, Field, SecretStr, ValidationError

from ..domain.errors import Unavailable

MAX_RESPONSE = 1 << 20
CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """Where the model is: a URL ending in /v1, the model's name, and a key if the endpoint wants one."""

    base_url: str
    model: str
    key: SecretStr | None = None
    seconds: float = 60.0


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


class ChatModel:
    """Asks a text model: one request for an answer, or two where the endpoint knows no JSON mode."""

    def __init__(self, options: ChatOptions, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self.name = options.model
        self._url = options.base_url.rstrip("/") + "/chat/completions"
        self._seconds = options.seconds
        headers = {"User-Agent": "grok-video", "Accept": "application/json"}
        if options.key is not None:
            headers["Authorization"] = f"Bearer {options.key.get_secret_value()}"
        timeout = httpx2.Timeout(options.seconds, connect=CONNECT_SECONDS)
        self._http = httpx2.AsyncClient(headers=headers, timeout=timeout, trust_env=False, transport=transport)

    async def answer(self, messages: Sequence[Mapping[str, str]], *, json: bool = False) -> str:
        """Return the model's answer to a conversation; with `json`, ask for a JSON object. Raises Unavailable."""
        asked: dict[str, Any] = {"model": self.name, "messages": list(messages)}
        try:
            async with asyncio.timeout(self._seconds):
                status, body = await self._post(
                    {**asked, "response_format": {"type": "json_object"}} if json else asked
                )
                if json and status in (400, 422):
                    # Some endpoints know no JSON mode; the prompt asks for JSON too.
                    status, body = await self._post(asked)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unavailable(f"The text model does not respond ({type(error).__name__}).") from None
        if status != 200:
            raise Unavailable(f"The text model's endpoint responded with {status}.")
        try:
            return _Completion.model_validate_json(body).choices[0].message.content
        except ValidationError:
            raise Unavailable("The text model's response is not a chat completion.") from None

    async def _post(self, asked: Mapping[str, Any]) -> tuple[int, bytes]:
        async with self._http.stream("POST", self._url, json=asked) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_RESPONSE:
                    raise Unavailable(f"The text model's response is larger than {MAX_RESPONSE} bytes.")
            return response.status_code, bytes(body)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
