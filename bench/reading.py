"""How fast are multiple-choice replies read? One table: replies a second with one process and with two.

    python bench/reading.py

Ours against a plain published kind of reader, written anew: a row of regular expressions tried in turn, the last match taken, and the first
capital letter where none matches. The published scorer of MedS³ (arXiv 2501.12051) read 16,000 replies a second on two cores. To be
reached: 50,000 plain replies a second with two processes. `long` are replies with 200 words of reasoning before the answer.
"""

import os
import platform
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from osler.core.question import Question
from osler.judges import ChoiceReader

N_REPLIES, N_RUNS = 40_000, 3
QUESTION = Question(
    "q-1", "Which drug?", {"A": "Aspirin", "B": "Metoprolol", "C": "Morphine sulfate", "D": "Alteplase", "E": "None of the above"}
)
PLAIN = [
    *("The answer is B.", "B", "(C) Morphine sulfate", '{"answer_choice": "B"}', "B.", "**D**", "The answer is (A).", "Answer: C"),
    *("The correct answer is D.", "A. Aspirin", "So it is a clot. The answer is A.", "Final answer: B", "\\boxed{C}", "Alteplase"),
]
REASONING = "The patient has chest pain at rest and the tracing shows a raised segment in the inferior leads. " * 11
LONG = [REASONING + reply for reply in ("The answer is B.", "\n\nAnswer: C", "Therefore, the correct answer is D. Alteplase.")]
PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"answer is:?\s*\(?([A-E])\)?",
        r"answer:\s*\(?([A-E])\)?",
        r"\\boxed\{([A-E])\}",
        r'"answer_choice":\s*"([A-E])',
        r"^\(?([A-E])\b",
    )
]


def read_plainly(text: str) -> str | None:
    """A regular-expression reader of the usual kind, with its fallback to any capital letter."""
    for pattern in PATTERNS:
        if found := pattern.findall(text):
            return str(found[-1])
    letter = re.search(r"[A-E]", text)
    return letter[0] if letter else None


def read_ours(text: str) -> str | None:
    return ChoiceReader().read(text, QUESTION).value


def read_all(read: Callable[[str], str | None], texts: Sequence[str]) -> int:
    return sum(read(text) is not None for text in texts)


def replies_a_second(read: Callable[[str], str | None], texts: Sequence[str], n_processes: int) -> float:
    """The best of some runs, with the processes already started."""
    shares = [texts[at::n_processes] for at in range(n_processes)]
    with ProcessPoolExecutor(n_processes) as pool:
        list(pool.map(partial(read_all, read), [share[:100] for share in shares]))
        best = float("inf")
        for _ in range(N_RUNS):
            start = time.perf_counter()
            list(pool.map(partial(read_all, read), shares))
            best = min(best, time.perf_counter() - start)
    return len(texts) / best


def main() -> None:
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'replies':8}{'reader':20}{'1 process':>14}{'2 processes':>14}")
    for name, texts in (("plain", PLAIN), ("long", LONG)):
        replies = (texts * (N_REPLIES // len(texts) + 1))[: N_REPLIES if name == "plain" else N_REPLIES // 4]
        for reader, read in (("ours", read_ours), ("regular expressions", read_plainly)):
            speeds = [replies_a_second(read, replies, n_processes) for n_processes in (1, 2)]
            print(f"{name:8}{reader:20}{speeds[0]:>14,.0f}{speeds[1]:>14,.0f}")


if __name__ == "__main__":
    main()
