"""What the nox sessions run that is more than a command line."""
