"""The manual of the rule language: one tested example per shape, the keys read off the structs, chapters of prose."""
