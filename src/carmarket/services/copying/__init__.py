"""Moving a market into other stores: subject by subject, proved by counts and checksums."""
