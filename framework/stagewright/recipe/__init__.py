"""From YAML and overrides to one composed recipe, every value with its place."""
