"""What records become for trainers: one file per kind of export. Each reads one draft at a time and gives rows, or says in a word why a
trace made none."""

from osler.synthesise.exporting.dpo import DPOExport
from osler.synthesise.exporting.grpo import GRPOExport
from osler.synthesise.exporting.kto import KTOExport
from osler.synthesise.exporting.prm import PRMExport
from osler.synthesise.exporting.sft import SFTExport

EXPORTS: dict[str, type[DPOExport] | type[GRPOExport] | type[KTOExport] | type[PRMExport] | type[SFTExport]] = {
    "dpo": DPOExport,
    "grpo": GRPOExport,
    "kto": KTOExport,
    "prm": PRMExport,
    "sft": SFTExport,
}

AnyExport = DPOExport | GRPOExport | KTOExport | PRMExport | SFTExport

__all__ = ["EXPORTS", "AnyExport", "DPOExport", "GRPOExport", "KTOExport", "PRMExport", "SFTExport"]
