"""The report: record → one self-contained HTML page."""
