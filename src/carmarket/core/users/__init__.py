"""People: for now, what their roles allow."""
