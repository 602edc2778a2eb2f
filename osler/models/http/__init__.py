"""What stands behind `openai_http`: the limit on requests in flight, the wire, what a server can do, and the engine."""
