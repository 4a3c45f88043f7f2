"""The contracts: one file per section of a recipe, each with what it takes, what it gives, its kinds.

No logic lives here. A file looks only at the files of earlier sections.
"""
