"""Records become weights: one file per method."""

from typing import Any

from osler.train.adapter import LoRA
from osler.train.cpt import CPT
from osler.train.dpo import DPO
from osler.train.grpo import GRPO
from osler.train.kto import KTO
from osler.train.method import Method, Trained
from osler.train.prm import TrainPRM
from osler.train.records import Records
from osler.train.schedule import Schedule
from osler.train.sft import SFT

AnyPolicyTrainer = CPT | DPO | GRPO | KTO | SFT
AnyTrainer = AnyPolicyTrainer | TrainPRM
TRAINERS: dict[str, Any] = {"cpt": CPT, "dpo": DPO, "grpo": GRPO, "kto": KTO, "sft": SFT, "prm": TrainPRM}

__all__ = [
    "CPT",
    "DPO",
    "GRPO",
    "KTO",
    "SFT",
    "TRAINERS",
    "AnyPolicyTrainer",
    "AnyTrainer",
    "LoRA",
    "Method",
    "Records",
    "Schedule",
    "TrainPRM",
    "Trained",
]
