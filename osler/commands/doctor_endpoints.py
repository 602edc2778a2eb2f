"""The servers of models that can be reached: which program each is, what it serves, what it can do. Nothing is sent but short probes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from osler.core.errors import UserError
from osler.models.http.features import HELLO
from osler.models.openai_http import OpenAIHTTP
from osler.offline import is_offline

DEFAULTS = {
    "vLLM": "http://127.0.0.1:8000/v1",
    "llama.cpp": "http://127.0.0.1:8080/v1",
    "Ollama": "http://127.0.0.1:11434/v1",
    "SGLang": "http://127.0.0.1:30000/v1",
}
"""Where each listens unless told otherwise."""

LOOK_TIMEOUT_S = 3.0
PROBE_TIMEOUT_S = 10.0
_NO_KEY = "OSLER_HAS_NO_KEY_TO_SHOW"
_ABOUT = (("Ollama", "/api/version", "version"), ("SGLang", "/get_server_info", "version"), ("vLLM", "/version", "version"),
          ("llama.cpp", "/props", "build_info"))  # fmt: skip
"""The page on which each tells its version, and the field; a page of that shape is what it is known by."""


@dataclass(frozen=True)
class Endpoint:
    """`server` is the program with its version, as far as it tells; `features` what `OpenAIHTTPModel.description` found; `detail` why
    something could not be found out."""

    url: str
    is_reachable: bool
    server: str = ""
    models: tuple[str, ...] = ()
    features: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""


def endpoints(named: Sequence[str]) -> tuple[Endpoint, ...]:
    """Those that were named, and whoever answers where these servers usually listen. Never raises."""

    async def all_of_them() -> tuple[Endpoint, ...]:
        usual = [url for url in DEFAULTS.values() if url not in asked]
        return tuple(await asyncio.gather(*(_endpoint(url, is_named=url in asked) for url in [*asked, *usual])))

    asked = list(dict.fromkeys(full(url) for url in named))
    return tuple(each for each in asyncio.run(all_of_them()) if each.is_reachable or each.url in asked)


def full(url: str) -> str:
    """With a scheme, and with /v1 where there is no path."""
    with_scheme = url if "://" in url else f"http://{url}"
    bare = with_scheme.rstrip("/")
    return bare if "/" in bare.partition("://")[2] else f"{bare}/v1"


async def _endpoint(url: str, *, is_named: bool) -> Endpoint:
    try:
        settings = _settings(url)
        if is_offline() and not settings.is_loopback:
            return Endpoint(url, False, detail="not asked, for nothing may leave this machine")
        async with asyncio.timeout(LOOK_TIMEOUT_S):
            server, models = await _looked_at(settings)
    except TimeoutError:
        return Endpoint(url, False, detail=f"no answer within {LOOK_TIMEOUT_S:.0f} s")
    except UserError as error:
        return Endpoint(url, False, detail=str(error).removeprefix(f"{url}: "))
    except (httpx.HTTPError, OSError) as error:
        return Endpoint(url, False, detail=_why(error))
    except Exception as error:  # whoever listens there may answer anything
        return Endpoint(url, False, detail=f"its answer makes no sense ({type(error).__name__})")
    if not models:
        return Endpoint(url, True, server, detail="it serves no model")
    if server.startswith("Ollama") and not is_named:  # to ask it anything loads a model, which may take minutes
        return Endpoint(url, True, server, models, detail=f"to see what it can do: --endpoint {url}")
    features, detail = await _features(replace(settings, model=models[0]))
    return Endpoint(url, True, server, models, features, detail)


async def _looked_at(settings: OpenAIHTTP) -> tuple[str, tuple[str, ...]]:
    """The program, and the names of its models. Raises what httpx raises, and ValueError, KeyError or TypeError where it lists none."""
    headers = {"authorization": f"Bearer {settings.key}"} if settings.key else {}
    root = settings.url.removesuffix("/v1")
    async with httpx.AsyncClient(trust_env=not settings.is_loopback, timeout=LOOK_TIMEOUT_S, headers=headers) as client:
        listed = await client.get(f"{settings.url}/models")
        listed.raise_for_status()
        models = tuple(str(card["id"]) for card in listed.json()["data"] or ())
        for name, page, field_name in _ABOUT:
            if (said := await _page(client, root + page)) and field_name in said:
                return f"{name} {str(said[field_name])[:40]}", models
    return "OpenAI's protocol", models


async def _page(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """A page that is a JSON object; empty for anything else."""
    try:
        response = await client.get(url)
        said = response.json() if response.status_code == 200 else {}
    except (httpx.HTTPError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _settings(url: str) -> OpenAIHTTP:
    """As the engine would ask there, but once. A key travels encrypted or not at all; `thinking_tokens` has the engine find out whether the
    server limits thoughts itself. Raises ModelError for what is no address."""
    usual = OpenAIHTTP(
        url, "?", is_plain_http_allowed=True, max_attempts=1, timeout_s=PROBE_TIMEOUT_S, thinking_tokens=16, has_logprobs=True
    )
    usual.check()
    return replace(usual, key_env=_NO_KEY) if _is_plain(usual) else usual


def _is_plain(settings: OpenAIHTTP) -> bool:
    return settings.base_url.startswith("http://") and not settings.is_loopback


async def _features(settings: OpenAIHTTP) -> tuple[Mapping[str, str], str]:
    """What the server can do, and why that could not be found out. Some ten questions, each for one token."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            engine = await asyncio.to_thread(settings.load)
            try:
                found = await engine.description()
                [reply] = await engine.complete([HELLO])
                plain = {"is_plain_http_allowed": "is needed"} if _is_plain(settings) else {}
                return {**found, "log-probabilities": "yes" if reply.logprobs else "no", **plain}, ""
            finally:
                await engine.close()
    except TimeoutError:
        return {}, f"what it can do was not found out within {PROBE_TIMEOUT_S:.0f} s"
    except (UserError, OSError, httpx.HTTPError) as error:
        return {}, str(error).removeprefix(f"{settings.url}: ")
    except Exception as error:  # as above
        return {}, f"what it can do could not be found out ({type(error).__name__})"


def _why(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        return f"it answers {status}{': set the key, in OPENAI_API_KEY' if status in (401, 403) else ' at /models'}"
    host = urlsplit(str(error.request.url)).netloc if isinstance(error, httpx.RequestError) and error._request else ""
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"nobody answers{f' at {host}' if host else ''} ({said})"
