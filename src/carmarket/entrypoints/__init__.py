"""Ways in: REST, pages, the command line and the loops that run jobs. No business rule lives here."""
