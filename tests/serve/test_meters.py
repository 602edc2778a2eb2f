"""What Prometheus reads: counts, and a histogram whose buckets add up."""

from osler.core.model import Usage
from osler.serve.meters import BOUNDS_S, Meters


def test_the_text() -> None:
    meters = Meters()
    meters.ended("answered", 0.05)
    meters.ended("answered", 0.3)
    meters.ended("timeout", 601.0)
    meters.turned_away("busy")
    meters.solved(Usage(10, 4, 1), None)
    meters.solved(Usage(20, 6, 2), "truncated")
    lines = meters.text(n_in_flight=7).splitlines()
    said = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}
    outcomes = {name: n for name, n in said.items() if name.startswith("osler_requests_total")}
    assert outcomes == {f'osler_requests_total{{outcome="{outcome}"}}': n for outcome, n in (("answered", 2), ("busy", 1), ("timeout", 1))}
    assert said['osler_abstentions_total{reason="truncated"}'] == 1
    assert (said['osler_tokens_total{kind="prompt"}'], said['osler_tokens_total{kind="completion"}']) == (30, 10)
    assert (said["osler_model_calls_total"], said["osler_requests_in_flight"]) == (3, 7)
    counts = [said[f'osler_request_duration_seconds_bucket{{le="{bound}"}}'] for bound in [*(f"{each:g}" for each in BOUNDS_S), "+Inf"]]
    assert counts == [1, 1, 1, *[2] * 10, 3]  # 0.05 is within the first, 0.3 within 0.5, 601 beyond 600
    assert (said["osler_request_duration_seconds_count"], said["osler_request_duration_seconds_sum"]) == (3, 601.35)


def test_every_family_is_described_once() -> None:
    lines = Meters().text(0).splitlines()
    families = [line.split(" ")[2] for line in lines if line.startswith("# TYPE")]
    assert len(families) == 6
    assert len(set(families)) == 6
    assert [line.split(" ")[2] for line in lines if line.startswith("# HELP")] == families
