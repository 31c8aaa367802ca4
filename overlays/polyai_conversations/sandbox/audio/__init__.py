"""Synthetic recordings: who speaks when, and the WAV file that results."""
