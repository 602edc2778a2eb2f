"""A policy and its search behind an API that clients of OpenAI's chat API speak. Parts are handed in by `commands/serve.py`."""
