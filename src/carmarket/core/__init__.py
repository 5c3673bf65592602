"""The trade itself: values, aggregates, rules and events. No I/O, no clock, no ids of its own, nothing async."""
