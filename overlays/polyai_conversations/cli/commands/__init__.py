"""One module per command; `listing` holds the command `list`."""
