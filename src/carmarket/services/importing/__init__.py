"""The parts of an import: its notes, its batches of rows, and the withdrawal of cars that are gone."""
