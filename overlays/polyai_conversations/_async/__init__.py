"""The client: it sends requests, and reads lists and recordings."""
