"""Self-hosted win-loss analysis: why deals are won and lost, traced to the deals."""

__version__ = "0.1.0.dev0"
