"""The one place that reads the world's time and randomness."""
