"""JSON Schema for editors: what may be written in a recipe and in each config group, from the registry."""
