"""Finding cars: what a query says, what a document holds, and the one rule that says which matches which."""
