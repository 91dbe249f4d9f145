"""Work in the background: a queue in the database, and workers."""
