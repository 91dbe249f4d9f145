"""sources/files."""
