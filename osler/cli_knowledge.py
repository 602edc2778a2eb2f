"""The commands of the command line about what models see: passages, graphs, calculators and made tasks."""

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


COMMANDS: tuple[Any, ...] = (calc,)
