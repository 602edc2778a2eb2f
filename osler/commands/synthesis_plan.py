"""`osler synthesise --dry-run`: what a synthesis would do, from its settings alone. Nothing is loaded and nobody is asked."""

from collections.abc import Sequence
from typing import Any

from osler.models import OpenAIHTTP
from osler.stages.exporting import name_of
from osler.stages.material import ClinicMaterial, ItemMaterial, PassageMaterial, TaskMaterial
from osler.synthesis import Role, Synthesis


def plan_rows(synthesis: Synthesis) -> list[Sequence[str]]:
    """The material, the blocks in their order with the most calls that each makes for a draft that comes to it, whom they ask, and what is
    exported. A dash stands where a block does not say how many calls it makes."""
    lines: list[Sequence[str]] = [("material", _material(synthesis), "most calls")]
    for number, block in enumerate(synthesis.blocks, 1):
        asks = ", ".join(getattr(block, "roles", ()))
        calls = most_calls(block)
        lines.append((f"block {number}", f"{block.kind}{f': asks {asks}' if asks else ''}", "–" if calls is None else f"{calls:,}"))
    lines += [(f"role {name}", _engine(role), "") for name, role in synthesis.roles.items()]
    lines += [("against", spec, "") for spec in synthesis.against]
    if synthesis.retrieval:
        lines.append(("retrieval", ", ".join(map(str, synthesis.retrieval.passages)), ""))
    if synthesis.graph:
        lines.append(("graph", str(synthesis.graph), ""))
    lines.append(("exports", ", ".join(map(name_of, synthesis.exports)) or "none", ""))
    return lines


def most_calls(block: Any) -> int | None:
    """For a draft that comes to it: 0 of a block that asks nobody; None where it does not say."""
    if not getattr(block, "roles", ()):
        return 0
    calls: int | None = getattr(block, "most_calls", None)
    return calls


def _material(synthesis: Synthesis) -> str:
    limit = f", at most {synthesis.limit:,}" if synthesis.limit else ""
    match synthesis.material:
        case PassageMaterial() as books:
            return f"passages of {', '.join(map(str, books.paths))}{limit}"
        case ItemMaterial() as items:
            return f"items of {', '.join(items.sets)}{limit}"
        case TaskMaterial() as tasks:
            return f"{tasks.n:,} tasks each of {', '.join(maker.kind for maker in tasks.makers)}{limit}"
        case ClinicMaterial() as clinic:
            n = clinic.clinic.n_worked if clinic.is_worked else clinic.clinic.n_search
            return f"{n:,} cases of the clinic{limit}"
    return f"{synthesis.material.kind}{limit}"


def _engine(role: Role) -> str:
    engine = role.engine
    if isinstance(engine, OpenAIHTTP):
        where = f"{engine.kind} {engine.model} at {engine.url}"
    else:
        where = f"{engine.kind} {getattr(engine, 'path', '')}".strip()
    price = f"; a million tokens {role.price.read:g} read, {role.price.written:g} written" if role.price else ""
    return f"{where}; prompt {role.prompt}, codec {role.codec}{price}"
