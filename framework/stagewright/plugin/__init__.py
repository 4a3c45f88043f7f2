"""Plugins: found by name, imported when named, bound to the settings that a recipe says."""
