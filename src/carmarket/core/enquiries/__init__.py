"""Enquiries: a person asks the seller about a car, and both write on."""
