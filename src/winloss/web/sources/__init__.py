"""Uploads, their mapping, landing them, the watched folder."""
