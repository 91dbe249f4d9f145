"""The frame around all pages, health, and what went wrong."""
