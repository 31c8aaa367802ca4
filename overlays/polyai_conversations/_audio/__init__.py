"""Recordings: the WAV format, partial files and resuming."""
