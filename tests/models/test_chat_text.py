"""Chat templates without transformers, held against transformers."""

import pytest
from transformers import AutoTokenizer

from osler.core.errors import ModelError
from osler.core.model import Message
from osler.models.chat_text import ChatText, without_markers

TALK = (Message("system", "Be brief."), Message("user", "Fever?\n"), Message("assistant", "Yes."), Message("user", "“Why”?"))
TEMPLATES = {
    "marked": "{% for m in messages %}{{ m.role }}:{% generation %}{{ m.content }}{% endgeneration %};{% endfor %}",
    "marked and trimmed": "{% for m in messages %} x\n  {%- generation -%}  {{ m.content }}  {%- endgeneration -%}  y\n{% endfor %}",
    "blocks on their own lines": "{% if messages %}\n  {% for m in messages %}\n{{ m.content }}\n  {% endfor %}\n{% endif %}\n",
    "special tokens": "{{ bos_token }}{{ messages[0]['content'] }}{{ eos_token }}{% if add_generation_prompt %}>{% endif %}",
    "loop controls": "{% for m in messages %}{% if loop.index == 2 %}{% continue %}{% endif %}{{ m.content }}{% endfor %}",
    "json": "{{ messages | tojson }}{{ messages[3] | tojson(indent=1) }}",
}


@pytest.mark.parametrize("kind", TEMPLATES)
def test_it_renders_as_transformers_does(kind, tiny):
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    tokenizer.bos_token = "<|user|>"
    turns = [{"role": message.role, "content": message.content} for message in TALK]
    expected = tokenizer.apply_chat_template(turns, chat_template=TEMPLATES[kind], tokenize=False, add_generation_prompt=True)
    template = ChatText(TEMPLATES[kind], {"bos_token": "<|user|>", "eos_token": "<|end|>"}, where="here")
    assert template.render(TALK) == expected


def test_marks_become_blocks_that_are_always_taken():
    assert without_markers("a{%- generation %}b{% endgeneration -%}c") == "a{%- if true %}b{% endif -%}c"
    assert without_markers("{% set generation = 1 %}") == "{% set generation = 1 %}"


@pytest.mark.parametrize("source", ["{{ ''.__class__.__mro__ }}", "{{ messages.append(1) }}"])
def test_a_template_reaches_nothing_but_the_conversation(source):
    with pytest.raises(ModelError, match="its chat template refuses the conversation"):
        ChatText(source, {}, where="here").render(TALK)


def test_what_the_template_says_is_handed_on():
    template = ChatText("{{ raise_exception('no system turn') }}", {}, where="model.gguf")
    with pytest.raises(ModelError, match=r"^model\.gguf: its chat template refuses the conversation \(no system turn\)"):
        template.render(TALK)


def test_what_is_no_template_is_refused():
    with pytest.raises(ModelError, match=r"^here: its chat template cannot be read"):
        ChatText("{% if %}", {}, where="here")
