"""The one place that joins sources, store and stages."""
