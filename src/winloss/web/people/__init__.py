"""People, teams, rights, signing in."""
