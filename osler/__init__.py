"""osler: small medical language models that reason, and the proof whether they do.

sources      osler.data        a source becomes Items: a Question, and apart from it the Key
synthesise   osler.synthesise  a search under the oracle becomes verified traces with a label for every step
search       osler.search      a strategy asks, the driver answers hundreds of them at once
train        osler.train       traces become weights: the policy, and the process reward model
answer       osler.search      every strategy, on the questions alone
evaluate     osler.evaluate    solutions become verdicts, verdicts become numbers with intervals
report       osler.report      a run folder becomes one page

osler.core holds the nouns that pass between them; osler.stages is what a run does with them, osler.pipeline in what order; osler.recipe
says how.
osler.clinic is a teaching world in which every step can be checked. None of this is a medical device.

Importing osler asks the libraries that it uses to report nothing (osler.offline); go_offline() keeps everything on this machine.
"""

from osler.core.budget import Budget
from osler.core.errors import OslerError, UserError
from osler.core.model import Message, Model, Reply, Request, Sampling, Usage
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import ChoiceKey, Item, Key, NumberKey, Question, RankedListKey, RubricKey, TextKey
from osler.core.reading import Abstention, Reader, Reading
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.core.verdict import Judge, Outcome, Verdict
from osler.offline import go_offline

__all__ = [
    "Abstention",
    "Budget",
    "ChoiceKey",
    "Ending",
    "Item",
    "Judge",
    "Key",
    "Message",
    "Model",
    "NumberKey",
    "OslerError",
    "Outcome",
    "Policy",
    "Prompt",
    "Question",
    "RankedListKey",
    "Reader",
    "Reading",
    "Reply",
    "Request",
    "RewardModel",
    "RubricKey",
    "Sampling",
    "Solution",
    "Step",
    "TextKey",
    "Trace",
    "Usage",
    "UserError",
    "Verdict",
    "go_offline",
]
