"""People: their accounts, their log-ins, the dealers they work for, and what is held about them."""
