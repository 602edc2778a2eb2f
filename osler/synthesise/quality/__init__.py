"""What the blocks of quality work with: near-duplicates, published rules of contamination, languages, ways of picking among many drafts."""
