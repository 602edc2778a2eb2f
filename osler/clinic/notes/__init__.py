"""Notes on a case of the teaching world: with one wrong sentence at most, or with a statement that follows from them or does not."""
