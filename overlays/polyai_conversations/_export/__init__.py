"""Exporting every conversation into a directory, without network access."""
