"""Writes `vllm_schema.json`: the signatures of vLLM that our engines call, read from its source without running any of it.

    python tests/models/record_vllm_schema.py FOLDER_OF_AN_UNPACKED_WHEEL

vLLM needs a GPU, which tests do not have. `fake_vllm.py` is built from this file and refuses every argument that is not in it.
"""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("vllm_schema.json")

CALLABLES = {
    # what it is called in the schema: the file, the class, and the function where it is not the class's own making
    "AsyncEngineArgs": ("vllm/engine/arg_utils.py", "AsyncEngineArgs", ""),
    "AsyncLLM.from_engine_args": ("vllm/v1/engine/async_llm.py", "AsyncLLM", "from_engine_args"),
    "AsyncLLM.generate": ("vllm/v1/engine/async_llm.py", "AsyncLLM", "generate"),
    "AsyncLLM.shutdown": ("vllm/v1/engine/async_llm.py", "AsyncLLM", "shutdown"),
    "EngineArgs": ("vllm/engine/arg_utils.py", "EngineArgs", ""),
    "LLM": ("vllm/entrypoints/llm.py", "LLM", "__init__"),
    "LLM.encode": ("vllm/entrypoints/pooling/offline.py", "PoolingOfflineMixin", "encode"),
    "EngineCoreClient.shutdown": ("vllm/v1/engine/core_client.py", "EngineCoreClient", "shutdown"),
    "LoRARequest": ("vllm/lora/request.py", "LoRARequest", ""),
    "PoolingParams": ("vllm/pooling_params.py", "PoolingParams", ""),
    "SamplingParams": ("vllm/sampling_params.py", "SamplingParams", ""),
    "TokensPrompt": ("vllm/inputs/llm.py", "TokensPrompt", ""),
    "CompletionOutput": ("vllm/outputs.py", "CompletionOutput", ""),
    "RequestOutput": ("vllm/outputs.py", "RequestOutput", "__init__"),
    "PoolingOutput": ("vllm/outputs.py", "PoolingOutput", ""),
    "PoolingRequestOutput": ("vllm/outputs.py", "PoolingRequestOutput", "__init__"),
    "Logprob": ("vllm/logprobs.py", "Logprob", ""),
}
ERRORS = {
    "VLLMError": "vllm/exceptions.py",
    "VLLMClientError": "vllm/exceptions.py",
    "VLLMServerError": "vllm/exceptions.py",
    "VLLMValidationError": "vllm/exceptions.py",
    "EngineGenerateError": "vllm/v1/engine/exceptions.py",
    "EngineDeadError": "vllm/v1/engine/exceptions.py",
}


def record(source: Path) -> dict[str, Any]:
    """`parameters`: the names in order, each with its default as source text, or None where it has none; `*` and `**` where there are."""
    return {
        "version": _constant(source / "vllm/_version.py", "version"),
        "exports": sorted(_mapping(source / "vllm/__init__.py", "MODULE_ATTRS")),
        "callables": {name: _signature(source, *place) for name, place in CALLABLES.items()},
        "errors": {name: [ast.unparse(base) for base in _class(source / file, name).bases] for name, file in ERRORS.items()},
        "aliases": {"AsyncLLMEngine": _constant(source / "vllm/engine/async_llm_engine.py", "AsyncLLMEngine")},
        "output_kinds": _members(source / "vllm/sampling_params.py", "RequestOutputKind"),
        "finish_reasons": _constant(source / "vllm/v1/engine/__init__.py", "FINISH_REASON_STRINGS"),
        "lora_ranks": _constant(source / "vllm/config/lora.py", "MaxLoRARanks"),
        "pooling_tasks": _constant(source / "vllm/tasks.py", "PoolingTask"),
        "runners": _constant(source / "vllm/config/scheduler.py", "RunnerType"),
        "dtypes": _constant(source / "vllm/config/model.py", "ModelDType"),
    }


def _signature(source: Path, file: str, owner: str, function: str) -> dict[str, Any]:
    node = _class(source / file, owner)
    if not function:
        return {"file": file, "parameters": dict(_fields(source / file, node)), "is_async": False}
    made = next(each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == function)
    return {"file": file, "parameters": dict(_arguments(made)), "is_async": isinstance(made, ast.AsyncFunctionDef)}


def _fields(file: Path, node: ast.ClassDef) -> Iterator[tuple[str, str | None]]:
    """Of a dataclass, a struct or a typed dictionary, those of the classes that it inherits from in the same file first."""
    for base in node.bases:
        if isinstance(base, ast.Name) and any(each.name == base.id for each in _classes(file)):
            yield from _fields(file, _class(file, base.id))
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and not each.target.id.startswith("_"):
            is_optional = "NotRequired" in ast.unparse(each.annotation)
            yield each.target.id, ast.unparse(each.value) if each.value else "NotRequired" if is_optional else None


def _arguments(made: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, str | None]]:
    arguments = made.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults]
    for each, default in zip(positional, defaults, strict=True):
        if each.arg not in ("self", "cls"):
            yield each.arg, ast.unparse(default) if default else None
    if arguments.kwonlyargs:
        yield "*", None
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield each.arg, ast.unparse(default) if default else None
    if arguments.kwarg:
        yield "**", None


def _classes(file: Path) -> list[ast.ClassDef]:
    return [node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]


def _class(file: Path, name: str) -> ast.ClassDef:
    return next(node for node in _classes(file) if node.name == name)


def _assigned(file: Path, name: str) -> ast.expr:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        value = getattr(node, "value", None)
        if name in names and value is not None:
            return value  # type: ignore[no-any-return]
    raise KeyError(f"{file}: there is no {name}")


def _constant(file: Path, name: str) -> Any:
    """A literal, the members of a `Literal[...]`, or the text of what a name stands for."""
    value = _assigned(file, name)
    if isinstance(value, ast.Subscript) and ast.unparse(value.value) == "Literal":
        return [ast.literal_eval(each) for each in (value.slice.elts if isinstance(value.slice, ast.Tuple) else [value.slice])]
    try:
        literal = ast.literal_eval(value)
    except ValueError:
        return ast.unparse(value)
    return list(literal) if isinstance(literal, tuple) else literal


def _mapping(file: Path, name: str) -> dict[str, str]:
    return dict(ast.literal_eval(_assigned(file, name)))


def _members(file: Path, name: str) -> dict[str, Any]:
    body = [node for node in _class(file, name).body if isinstance(node, ast.Assign)]
    return {ast.unparse(node.targets[0]): ast.literal_eval(node.value) for node in body}


def written(schema: dict[str, Any]) -> str:
    """A line for each signature."""
    signatures = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in schema["callables"].items())
    rest = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in schema.items() if name != "callables"]
    return "{\n" + ",\n".join([*rest, f'"callables": {{\n{signatures}\n}}']) + "\n}\n"


if __name__ == "__main__":
    SCHEMA.write_text(written(record(Path(sys.argv[1]))), encoding="utf-8")
