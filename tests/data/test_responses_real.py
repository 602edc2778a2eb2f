"""Real models' responses, by mappings: counted as their sources count them."""

from pathlib import Path

import pytest

from osler.core.response import Response
from osler.data.responses import ResponseColumns, ResponseSettings, read_responses

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not here: {DATA}")

MIRAGE = ResponseColumns(id="qid", text="output", system=("dataset", "setting"), key="gold")
MEDREFL = ResponseColumns(id="qid", text="output", samples="samples", sample="sample", key="gold")
MEDQA_2026 = ResponseColumns(
    id="qid", text="output_200", system=("model", "temp"), sample="run", answer="pred", key="gold", n_tokens="tokens"
)
LOGPROBS = ResponseColumns(id="qid", system=("model", "temp"), sample="run", answer="pred", key="gold", option_logprobs="option_logprobs")
MEDCALC = ResponseColumns(
    id="qid", text=("explanation", "answer"), thinking="thinking", system="model", answer="answer", is_right="result", key="truth"
)
MMLU_PRO = ResponseColumns(id="qid", text="output", system="model", answer="pred_repo", key="gold")


def read(file: str, columns: ResponseColumns) -> list[Response]:
    return list(read_responses(DATA / file, settings=ResponseSettings(columns=columns)))


def test_mirage() -> None:
    responses = read("raw_mirage_gpt35/outputs.jsonl.gz", MIRAGE)
    assert len(responses) == 15_326
    assert sum(not response.text for response in responses) == 34
    assert sum(response.system == "medqa rag_32" for response in responses) == 1_273
    assert {response.sample for response in responses} == {0}


def test_samples_inside_a_row() -> None:
    responses = read("raw_medrefl_huatuo_o1_medqa_x3/outputs.jsonl.gz", MEDREFL)
    assert [sum(response.sample == sample for response in responses) for sample in (0, 1, 2)] == [1_273] * 3
    assert all(response.recorded.key for response in responses)


def test_runs_at_three_temperatures_and_log_probabilities() -> None:
    runs = read("raw_medqa2026_2_models/base_runs.jsonl.gz", MEDQA_2026)
    assert len({(run.system, run.sample, run.item_id) for run in runs}) == len(runs) == 18_540
    logprobs = read("raw_medqa2026_2_models/logprobs.jsonl.gz", LOGPROBS)
    assert len(logprobs) == 12_360
    assert sum(len(response.option_logprobs) == 4 for response in logprobs) == 12_301
    greedy = [each for each in logprobs if each.system == "olmo3_7b 0.0"]
    assert len(greedy) == 3_090
    assert all(max(each.option_logprobs.values()) == each.option_logprobs[each.recorded.answer or ""] for each in greedy)


def test_verdicts_in_words() -> None:
    responses = read("raw_medcalc_reasoners/outputs.jsonl.gz", MEDCALC)
    right = {name: sum(bool(each.recorded.is_right) for each in responses if name in each.system) for name in ("QwQ", "gpt-oss", "Thinker")}
    assert right == {"QwQ": 35, "gpt-oss": 48, "Thinker": 22}
    assert all(response.text.startswith("<think>\n") for response in responses)


def test_ten_models_in_one_file() -> None:
    responses = read("mmlu_pro_health/outputs_10_models.jsonl.gz", MMLU_PRO)
    assert len(responses) == 8_180
    assert sum(response.recorded.answer is None for response in responses if response.system == "Qwen1.5-7B-Chat") == 174
