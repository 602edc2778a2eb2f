"""What can be looked up: textbooks and what retrieves from them, graphs and paths, and the names of things in a text."""
