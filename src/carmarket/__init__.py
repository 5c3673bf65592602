"""carmarket: a car marketplace as a library."""
