"""What an item or a trace is held to."""
