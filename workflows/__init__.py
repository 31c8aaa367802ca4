"""The programs that nox sessions run when a single command is not enough."""
