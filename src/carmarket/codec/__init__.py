"""Core values to bytes and back, for adapters and entrypoints."""
