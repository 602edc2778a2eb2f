"""Real models' responses, graded by osler: are the published figures what comes out, and what does the strict reading make of them?

    python bench/published_figures.py [mirage] [medqa2026] [medrefl] [medcalc] [mmlu_pro] [agreement] [--export FOLDER]

mirage     GPT-3.5 on five benchmarks, with and without retrieval: the ten published cells.
medqa2026  two models, three temperatures, three runs: 18 accuracies, votes, instability, calibration by log-probabilities, McNemar.
medrefl    a reasoning model three times, and the trap: graded against the same questions with other options, the tool has to say so.
medcalc    three reasoning models on calculators: every recorded flag, and what corrected labels make of the same answers.
mmlu_pro   ten models, three to ten options: the recorded letters, the last and the first statement.
agreement  where a recorder's own pattern fired, the share of texts from which we read the same letter ("by rule": of all of them;
           "strict", to be 99.5 or more: of those from which we read one at all).

Every line: published, ours under the published rule, ours strictly, and what the difference is made of, as "cause n (right by the rule :
right strictly)". "=" is equal to the digit that was printed, or holds; "≠" is not, and ends the bench with 1. --export writes what is
read differently, or by nobody, to be read by hand. The data are found as `published_data.py` says. About two minutes on two cores.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from published_agreement import agreement, disagreements, medcalc, mmlu_pro
from published_data import DATA
from published_sections import Figure, medqa2026, medrefl, mirage

SECTIONS: dict[str, Callable[[], Iterator[Figure]]] = {
    "mirage": mirage,
    "medqa2026": medqa2026,
    "medrefl": medrefl,
    "medcalc": medcalc,
    "mmlu_pro": mmlu_pro,
    "agreement": agreement,
}


def line(figure: Figure) -> str:
    values = [figure.published, figure.by_rule, figure.strict]
    cells = [f"{value:10.4f}" if value is not None and value < 1 else "" if value is None else f"{value:10.2f}" for value in values]
    sign = {True: "=", False: "≠", None: " "}[figure.is_met]
    return f"  {figure.what:52}{cells[0]:>11}{cells[1]:>11}{cells[2]:>11}  {sign}  {figure.note}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="section")
    parser.add_argument("--export", type=Path)
    asked = parser.parse_args()
    if unknown := [name for name in asked.sections if name not in SECTIONS]:
        parser.error(f"there is no section {unknown[0]}; choose among {', '.join(SECTIONS)}")
    if not DATA.is_dir():
        print(f"{DATA}: the responses are not here; name their folder in OSLER_DATA")
        return 2
    n_unmet = 0
    for name in asked.sections or SECTIONS:
        print(f"\n{name:54}{'published':>11}{'by rule':>11}{'strict':>11}")
        for figure in SECTIONS[name]():
            n_unmet += figure.is_met is False
            print(line(figure), flush=True)
    if asked.export:
        asked.export.mkdir(parents=True, exist_ok=True)
        path = asked.export / "disagreements.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in disagreements())
        print(f"\n{path}: what is read differently, or by nobody")
    print(f"\n{n_unmet} figures are not as published" if n_unmet else "\nevery figure is as published")
    return 1 if n_unmet else 0


if __name__ == "__main__":
    sys.exit(main())
