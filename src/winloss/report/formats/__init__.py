"""One module a format, each with `write(job)`."""
