"""2 SYNTHESISE: sources become training records, and searches become traces, labels and pairs."""

from typing import get_args

from osler.synthesise.blocks.answerable import Answerable
from osler.synthesise.blocks.balance import Balance
from osler.synthesise.blocks.cited import CitedEdges
from osler.synthesise.blocks.closed_book import ClosedBook
from osler.synthesise.blocks.decontaminate import Decontaminate
from osler.synthesise.blocks.expert_pathway import ExpertPathway
from osler.synthesise.blocks.extract_case import ExtractCase, StitchPoints
from osler.synthesise.blocks.giveaway import NoGiveaway
from osler.synthesise.blocks.graph_paths import GraphPaths
from osler.synthesise.blocks.grow import Grow
from osler.synthesise.blocks.judge_steps import JudgeSteps
from osler.synthesise.blocks.keep import Keep
from osler.synthesise.blocks.label import LabelSteps
from osler.synthesise.blocks.language import InLanguage
from osler.synthesise.blocks.length import Length
from osler.synthesise.blocks.levels import Levels
from osler.synthesise.blocks.limit_per import LimitPer
from osler.synthesise.blocks.link import LinkEntities
from osler.synthesise.blocks.mentor_intern import MentorIntern
from osler.synthesise.blocks.near_duplicates import NearDuplicates
from osler.synthesise.blocks.no_refusal import NoRefusal
from osler.synthesise.blocks.one_right import OneRight
from osler.synthesise.blocks.open_form import OpenForm
from osler.synthesise.blocks.order import Order
from osler.synthesise.blocks.pair import PairTraces
from osler.synthesise.blocks.pass_band import PassBand
from osler.synthesise.blocks.pick import PickByLength, PickBySource
from osler.synthesise.blocks.prune_paths import PrunePaths
from osler.synthesise.blocks.reflect import Reflect
from osler.synthesise.blocks.rephrase import Rephrase
from osler.synthesise.blocks.revise import Revise
from osler.synthesise.blocks.rewrite import Rewrite
from osler.synthesise.blocks.screen import Screen
from osler.synthesise.blocks.shuffle_options import ShuffleOptions
from osler.synthesise.blocks.solve import Solve
from osler.synthesise.blocks.strip import Strip
from osler.synthesise.blocks.sufficient import Sufficient
from osler.synthesise.blocks.tag_domain import TagDomain
from osler.synthesise.blocks.unsolved import Unsolved
from osler.synthesise.blocks.weigh_evidence import WeighEvidence
from osler.synthesise.blocks.well_formed import WellFormed
from osler.synthesise.blocks.write_from_paths import WriteFromPaths
from osler.synthesise.blocks.write_item import WriteItem
from osler.synthesise.blocks.write_pairs import CheckPair, WritePairs
from osler.synthesise.dated.by_pair import ByPair
from osler.synthesise.dated.merge_pair import MergePair
from osler.synthesise.dated.state_triples import StateTriples

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
