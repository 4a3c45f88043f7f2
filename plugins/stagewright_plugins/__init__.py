"""The bundled plugins: `<section>/<name>.py`, or `<section>/<kind>/<name>.py`; same door as yours."""
