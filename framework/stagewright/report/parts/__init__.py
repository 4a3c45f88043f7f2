"""The parts of the page: each takes the loaded run and gives a `Part`, or None where the record is silent."""
