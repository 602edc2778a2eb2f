"""What stands beside the records of a synthesis once they are made: exports, a data card, a graph, and a push where one is asked for."""

from osler.core.records import read_records
from osler.core.run import Run
from osler.stages.carding import CARD_TEXT, write_card
from osler.stages.exporting import Exported, write_exports
from osler.synthesis import Synthesis
from osler.synthesise.dated.tables import write_tables
from osler.synthesise.draft import Draft

RECORDS, GRAPH = "records.jsonl", "graph"


def finish(synthesis: Synthesis, run: Run) -> dict[str, Exported]:
    """Exports, card.json and card.md from the records of a run; the folder graph/ where pairs were merged; last of all the push. Raises
    UserError where that fails: everything else is written by then."""
    if any(block.kind == "merge_pair" for block in synthesis.blocks):
        write_tables(read_records(run.folder / RECORDS, Draft), run.path(GRAPH))
    exported = write_exports(synthesis, run, RECORDS)
    write_card(synthesis, run, RECORDS, exported)
    if synthesis.hub:
        synthesis.hub.push(run.folder, [CARD_TEXT, "card.json", *(each.file for each in exported.values())])
    return exported
