"""The book on pages: its deals, its versions, saved segments."""
