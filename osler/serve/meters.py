"""Meters: what a server has done, as Prometheus reads it (text format 0.0.4). Written in the thread of the event loop alone."""

from collections import Counter
from itertools import accumulate

from osler.core.model import Usage

BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class Meters:
    """Counts since the start."""

    def __init__(self) -> None:
        self._outcomes: Counter[str] = Counter()
        self._abstentions: Counter[str] = Counter()
        self._durations = [0] * (len(BOUNDS_S) + 1)
        self._sum_s = 0.0
        self._usage = Usage()

    def ended(self, outcome: str, duration_s: float) -> None:
        """A request that was taken in has ended."""
        self._outcomes[outcome] += 1
        self._durations[next((at for at, bound in enumerate(BOUNDS_S) if duration_s <= bound), -1)] += 1
        self._sum_s += duration_s

    def turned_away(self, outcome: str) -> None:
        """A request was refused at the door."""
        self._outcomes[outcome] += 1

    def solved(self, usage: Usage, abstention: str | None) -> None:
        self._usage += usage
        if abstention:
            self._abstentions[abstention] += 1

    def text(self, n_in_flight: int) -> str:
        bounds = [*(f"{bound:g}" for bound in BOUNDS_S), "+Inf"]
        counts = zip(bounds, accumulate(self._durations), strict=True)
        n_ended = sum(self._durations)
        lines = [
            *_family("osler_requests_total", "counter", "Chat requests by how they ended."),
            *(f'osler_requests_total{{outcome="{outcome}"}} {n}' for outcome, n in sorted(self._outcomes.items())),
            *_family("osler_abstentions_total", "counter", "Requests that were answered with an abstention, by its reason."),
            *(f'osler_abstentions_total{{reason="{reason}"}} {n}' for reason, n in sorted(self._abstentions.items())),
            *_family("osler_tokens_total", "counter", "Tokens as the model counts them."),
            f'osler_tokens_total{{kind="prompt"}} {self._usage.prompt_tokens}',
            f'osler_tokens_total{{kind="completion"}} {self._usage.completion_tokens}',
            *_family("osler_model_calls_total", "counter", "Completions that the model was asked for."),
            f"osler_model_calls_total {self._usage.n_calls}",
            *_family("osler_requests_in_flight", "gauge", "Chat requests that wait or are being answered."),
            f"osler_requests_in_flight {n_in_flight}",
            *_family("osler_request_duration_seconds", "histogram", "From the arrival of a chat request to its end."),
            *(f'osler_request_duration_seconds_bucket{{le="{bound}"}} {n}' for bound, n in counts),
            f"osler_request_duration_seconds_sum {self._sum_s:.6f}",
            f"osler_request_duration_seconds_count {n_ended}",
        ]
        return "\n".join(lines) + "\n"


def _family(name: str, kind: str, meaning: str) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
