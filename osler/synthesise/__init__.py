"""2 SYNTHESISE: sources become training records, and searches become traces, labels and pairs."""

from typing import get_args

from osler.synthesise.check.answerable import Answerable
from osler.synthesise.check.closed_book import ClosedBook
from osler.synthesise.check.giveaway import NoGiveaway
from osler.synthesise.check.language import InLanguage
from osler.synthesise.check.length import Length
from osler.synthesise.check.no_refusal import NoRefusal
from osler.synthesise.check.one_right import OneRight
from osler.synthesise.check.screen import Screen
from osler.synthesise.check.well_formed import WellFormed
from osler.synthesise.dated.by_pair import ByPair
from osler.synthesise.dated.merge_pair import MergePair
from osler.synthesise.dated.state_triples import StateTriples
from osler.synthesise.grounded.cited import CitedEdges
from osler.synthesise.grounded.graph_paths import GraphPaths
from osler.synthesise.grounded.link import LinkEntities
from osler.synthesise.grounded.prune_paths import PrunePaths
from osler.synthesise.grounded.sufficient import Sufficient
from osler.synthesise.grounded.write_from_paths import WriteFromPaths
from osler.synthesise.keep.balance import Balance
from osler.synthesise.keep.decontaminate import Decontaminate
from osler.synthesise.keep.keep import Keep
from osler.synthesise.keep.levels import Levels
from osler.synthesise.keep.limit_per import LimitPer
from osler.synthesise.keep.near_duplicates import NearDuplicates
from osler.synthesise.keep.order import Order
from osler.synthesise.keep.pass_band import PassBand
from osler.synthesise.keep.pick import PickByLength, PickBySource
from osler.synthesise.keep.shuffle_options import ShuffleOptions
from osler.synthesise.keep.tag_domain import TagDomain
from osler.synthesise.keep.unsolved import Unsolved
from osler.synthesise.label.judge_steps import JudgeSteps
from osler.synthesise.label.label import LabelSteps
from osler.synthesise.label.pair import PairTraces
from osler.synthesise.label.reflect import Reflect
from osler.synthesise.label.strip import Strip
from osler.synthesise.solve.expert_pathway import ExpertPathway
from osler.synthesise.solve.grow import Grow
from osler.synthesise.solve.mentor_intern import MentorIntern
from osler.synthesise.solve.revise import Revise
from osler.synthesise.solve.rewrite import Rewrite
from osler.synthesise.solve.solve import Solve
from osler.synthesise.solve.weigh_evidence import WeighEvidence
from osler.synthesise.write.extract_case import ExtractCase, StitchPoints
from osler.synthesise.write.open_form import OpenForm
from osler.synthesise.write.rephrase import Rephrase
from osler.synthesise.write.write_item import WriteItem
from osler.synthesise.write.write_pairs import CheckPair, WritePairs

AnyBlock = (
    Keep  #
    | NoGiveaway
    | Solve
    | Strip
    | PairTraces
    | MentorIntern
    | JudgeSteps
    | Reflect
    | LabelSteps
    | Grow
    | LinkEntities
    | GraphPaths
    | PrunePaths
    | WriteFromPaths
    | Sufficient
    | CitedEdges
    | CheckPair
    | WritePairs
    | ExtractCase
    | StitchPoints
    | ExpertPathway
    | WeighEvidence
    | Revise
    | Rewrite
    | NearDuplicates
    | PassBand
    | Unsolved
    | Levels
    | LimitPer
    | Balance
    | ShuffleOptions
    | OpenForm
    | Order
    | Rephrase
    | WriteItem
    | ByPair
    | MergePair
    | StateTriples
    | Decontaminate
    | InLanguage
    | Length
    | NoRefusal
    | Screen
    | OneRight
    | Answerable
    | ClosedBook
    | WellFormed
    | TagDomain
    | PickBySource
    | PickByLength
)

BLOCKS: dict[str, type[AnyBlock]] = {block.kind: block for block in get_args(AnyBlock)}

__all__ = [
    "BLOCKS",
    "Answerable",
    "AnyBlock",
    "Balance",
    "ByPair",
    "CheckPair",
    "CitedEdges",
    "ClosedBook",
    "Decontaminate",
    "ExpertPathway",
    "ExtractCase",
    "GraphPaths",
    "Grow",
    "InLanguage",
    "JudgeSteps",
    "Keep",
    "LabelSteps",
    "Length",
    "Levels",
    "LimitPer",
    "LinkEntities",
    "MentorIntern",
    "MergePair",
    "NearDuplicates",
    "NoGiveaway",
    "NoRefusal",
    "OneRight",
    "OpenForm",
    "Order",
    "PairTraces",
    "PassBand",
    "PickByLength",
    "PickBySource",
    "PrunePaths",
    "Reflect",
    "Rephrase",
    "Revise",
    "Rewrite",
    "Screen",
    "ShuffleOptions",
    "Solve",
    "StateTriples",
    "StitchPoints",
    "Strip",
    "Sufficient",
    "TagDomain",
    "Unsolved",
    "WeighEvidence",
    "WellFormed",
    "WriteFromPaths",
    "WriteItem",
    "WritePairs",
]
