"""Recordings: the WAV format, validation, samples, file names and batches."""
