"""Which drafts stay, and in what order."""
