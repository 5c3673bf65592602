"""What the core needs from the world. A port's docstring is the law that its contract suite checks."""
