"""What can be wrong between the parts of a recipe, each found before any work; one file per question."""
