"""Synthetic conversations, generated from a seed and kept in memory."""
