"""Reads a list page by page while it changes."""
