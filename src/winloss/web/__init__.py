"""The web application: people, rights, jobs, and what the library computes, on pages. The only Django of the house."""
