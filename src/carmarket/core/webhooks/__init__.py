"""Webhooks: integrators are told by HTTP of what happens to what is theirs."""
