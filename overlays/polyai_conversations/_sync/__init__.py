# Generated from _async by `nox -s unasync`; do not edit.
"""The client: it sends requests, and reads lists and recordings."""
