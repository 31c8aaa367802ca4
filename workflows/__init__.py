"""What the nox sessions run, where one command line is not enough."""
