"""Cars for sale: what they are, what they cost and how a listing lives."""
