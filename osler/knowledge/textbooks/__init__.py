"""Textbooks: files of many kinds become sections, passages, glossary terms and the book's own exercises."""
