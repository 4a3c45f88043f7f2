"""Charts as inline SVG: places across in percent, so that they stretch; heights and text in pixels."""
