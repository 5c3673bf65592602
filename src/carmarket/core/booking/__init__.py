"""Booking: a car for a while; who has it when, and what that costs."""
