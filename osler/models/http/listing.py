"""Which models an endpoint serves, and what it says of them: asked once, before anything else."""

from dataclasses import dataclass
from typing import Any

import httpx
import stamina
from pydantic_core import from_json

from osler.core.errors import ModelError
from osler.models.http.attempts import Failed, Refused
from osler.models.http.connections import Answer, headers, proxy_of, trusted
from osler.models.http.wire import checked
from osler.models.openai_http import OpenAIHTTP

_LASTING = ("root", "parent", "owned_by", "meta", "revision", "digest", "sha")
"""What tells one model of a name from another of the same name. `created` does not: vLLM and llama.cpp say when they were asked."""
_LISTING_TIMEOUT_S = 30.0
_MAX_NAMES = 12


@dataclass(frozen=True)
class Listing:
    """`names` are the models served; `card` is what the server says of ours that does not change while it is the same model. Both are empty
    for an endpoint that lists nothing."""

    names: tuple[str, ...]
    card: tuple[tuple[str, str], ...]


def listing(settings: OpenAIHTTP) -> Listing:
    """Raises ModelError where nobody answers, the key is refused, or the model is not among those served."""
    try:
        for attempt in stamina.retry_context(
            on=Failed,
            attempts=settings.max_attempts,
            timeout=None,
            wait_initial=settings.first_wait_s,
            wait_max=settings.max_wait_s,
            wait_jitter=settings.first_wait_s,
        ):
            with attempt:
                cards = _cards(settings)
    except Failed as error:
        raise ModelError(f"{settings.url}: no answer ({error}); start the server, or correct base_url") from error
    except Refused as error:
        if error.status in (404, 405):
            return Listing((), ())
        raise ModelError(f"{settings.url}/models: {error}; correct base_url") from error
    known = {card["id"]: card for card in cards}
    card = known.get(settings.model) or known.get(f"{settings.model}:latest")  # Ollama's name of the newest
    if card is None:
        raise ModelError(f"{settings.url}: there is no model {settings.model!r}; {_served(list(known))}")
    return Listing(tuple(known), tuple((name, repr(card[name])) for name in _LASTING if card.get(name) is not None))


def _cards(settings: OpenAIHTTP) -> list[dict[str, Any]]:
    try:
        timeout_s = min(_LISTING_TIMEOUT_S, settings.timeout_s)
        with httpx.Client(proxy=proxy_of(settings), trust_env=False, verify=trusted(settings.url), timeout=timeout_s) as client:
            response = client.get(f"{settings.url}/models", headers=headers(settings))
        checked(Answer(response.status_code, response.headers.get("retry-after", ""), response.content), settings)
        cards = from_json(response.content)["data"]
        return [card for card in cards if isinstance(card["id"], str)]
    except httpx.HTTPError as error:
        raise Failed(f"{type(error).__name__}: {error}".rstrip(": ")) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Failed("what it lists at /models is no list of models") from error


def _served(names: list[str]) -> str:
    if not names:
        return "it serves none"
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return f"it serves {', '.join(names[:_MAX_NAMES])}{more}; correct the name"
