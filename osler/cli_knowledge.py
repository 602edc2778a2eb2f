"""The commands of the command line about what models see: passages, graphs, calculators and made tasks."""

from pathlib import Path
from typing import Annotated, Any

import typer

from osler.console import out


def calc(
    name: Annotated[str, typer.Argument(help="A calculator; without one, all are listed.", show_default=False)] = "",
    values: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE", help="As creatinine=1.4mg/dL, sex=female.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Work a number out by a medical calculator, with its steps and its source. For research and teaching: no medical device."""
    from osler.commands import calc
    from osler.commands.graded_folder import as_json
    from osler.report.doctor_table import doctor_table

    answer = calc.answer(name, values) if values else None
    if json_:
        content = answer.as_content() if answer else calc.described_content(name) if name else calc.listed_content()
        out.print(as_json(content), end="", markup=False, soft_wrap=True)
    else:
        out.print(doctor_table(answer.rows() if answer else calc.described(name) if name else calc.listed()))


def lookup(
    query: Annotated[str, typer.Argument(help="A question, an entity's name or id, or a calculator.", show_default=False)],
    passages: Annotated[list[Path] | None, typer.Option(help="A book, or a JSONL file of passages; repeat.")] = None,
    graph: Annotated[str, typer.Option(metavar="PLACE", help="A graph's folder or file, or clinic, the one built in.")] = "",
    to: Annotated[str, typer.Option(metavar="ENTITY", help="Show the best paths in the graph to this entity.")] = "",
    retriever: Annotated[str, typer.Option(help="How passages are found: bm25, dense or hybrid.")] = "bm25",
    n: Annotated[int, typer.Option("-n", min=1, metavar="N", help="How many of each.")] = 5,
    exclude_source: Annotated[list[str] | None, typer.Option(metavar="SOURCE", help="Leave a source's edges out; repeat.")] = None,
    index: Annotated[Path, typer.Option(help="The folder of indexes, which are built once.")] = Path("runs/index"),
    json_: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Show what a model would see: passages, entities and paths of a graph, calculators. For research: no medical device."""
    from osler.commands.graded_folder import as_json
    from osler.commands.lookup import look_up
    from osler.report.doctor_table import doctor_table

    where: Any = {"passages": passages or (), "graph": graph, "to": to, "exclude_sources": exclude_source or ()}
    found = look_up(query, **where, retriever=retriever, index=index, n=n)
    if json_:
        out.print(as_json(found.content), end="", markup=False, soft_wrap=True)
    else:
        out.print(doctor_table(found.rows))


def tasks(
    kind: Annotated[str, typer.Argument(help="What is made: calculation, path, differentials, note.")],
    n: Annotated[int, typer.Option("-n", "--n", min=1, metavar="N", help="How many.")] = 3,
    level: Annotated[list[int] | None, typer.Option(min=1, max=5, help="A level; repeat. All of them where none is named.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same tasks.")] = 0,
    split: Annotated[str, typer.Option(help="train, dev or heldout.")] = "train",
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the maker; repeat.")] = None,
    to: Annotated[Path | None, typer.Option(help="A .jsonl file of items, with the card beside it.")] = None,
    worked: Annotated[bool, typer.Option("--worked", help="Write the steps with the items.")] = False,
) -> None:
    """Make tasks that can be checked: question, options, true steps and key. No model, no data."""
    from osler.commands.tasks import maker_named, readable, split_named, write_tasks

    maker = maker_named(kind, level or (), set_ or ())
    made = maker.make(n, split_named(split), seed)
    if to is None:
        for task in made:
            out.print(readable(task), markup=False)
        return
    card = write_tasks(to, made, maker, is_worked=worked)
    out.print(f"{len(made)} tasks: {to}; card: {card}", soft_wrap=True)


COMMANDS: tuple[Any, ...] = (
    lookup,
    calc,
    tasks,
)
