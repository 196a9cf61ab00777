"""The desk itself: what it remembers, what it promises, how it is run."""

__version__ = "0.1.0"
