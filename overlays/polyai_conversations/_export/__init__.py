"""The parts of an export that need no network: options, planning, state and files."""
