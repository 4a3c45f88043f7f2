"""One step done, within its limits."""
