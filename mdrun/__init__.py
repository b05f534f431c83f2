"""Run the Python of Obsidian notes and keep each output beneath its block."""

__version__ = "0.1.0"
