"""The bundled plugins: `<section>/<name>.py`, or `<section>/<kind>/<name>.py`. They enter by the same door as yours."""
