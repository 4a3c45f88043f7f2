"""Text as moments, where there is one way to read it; dates that may mean two days are refused, never guessed."""

from __future__ import annotations

import warnings

import pandas as pd
from pandas.tseries.api import guess_datetime_format

from stagewright.errors import StagewrightError

# With AM and PM, which pandas does not recognise by itself.
HALF_DAYS = [
    f"{day} {clock}"
    for day in ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d")
    for clock in ("%I:%M %p", "%I:%M:%S %p")
]


def moments(values: pd.Series, name: str, form: str | None) -> pd.Series:
    """Naive UTC (datetime64[us]) of a column: times as they are, or text in one format throughout.

    Without a zone they are UTC. ISO 8601 is read as it is; another format, where `form` does not say it, is taken from
    the first value, with the day before the month or after it, whichever reads all of them.

    Raises:
        StagewrightError: the values are numbers, cannot be read, or read both ways to different days.
    """
    if values.notna().any() and not pd.api.types.is_datetime64_any_dtype(values):
        values = _read(values.astype("str").where(values.notna()), name, form)
    return pd.to_datetime(values, utc=True).dt.tz_localize(None).astype("datetime64[us]")


def _read(texts: pd.Series, name: str, said: str | None) -> pd.Series:
    if said is None and (iso := _by(texts, "ISO8601")) is not None:
        return iso
    first = str(texts.dropna().iloc[0])
    forms = [said] if said else _forms(first)
    ways = [way for form in forms if (way := _by(texts, form)) is not None]
    if not ways:
        raise _unread(texts, name, first, forms)
    for other in ways[1:]:
        if not other.equals(ways[0]):
            odd = texts[ways[0] != other].dropna().iloc[0]
            what = f"{odd!r}, where day and month may be either"
            raise _wrong(name, what, "`time_format: '%d.%m.%Y'` (strptime)")
    return ways[0]


def _forms(text: str) -> list[str]:
    """Formats with a year that a text may have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a format needs `dayfirst`: both ways are asked
        guessed = [guess_datetime_format(text, dayfirst=after) for after in (False, True)]
    return [form for form in dict.fromkeys(guessed) if form and "%Y" in form] or HALF_DAYS


def _by(texts: pd.Series, form: str) -> pd.Series | None:
    """All texts read by one format; None where it does not fit one of them."""
    try:
        return pd.to_datetime(texts, utc=True, format=form)
    except (ValueError, OverflowError):
        return None


def _unread(texts: pd.Series, name: str, first: str, forms: list[str]) -> StagewrightError:
    """Names the first text that no format reads, or that the one of the first text does not."""
    tried = [pd.to_datetime(texts, utc=True, format=form, errors="coerce") for form in forms]
    odd = str(texts[min((way.isna() & texts.notna() for way in tried), key=sum)].iloc[0])
    if first.replace(".", "", 1).isdigit():
        how = f"DATE '1899-12-30' + \"{name}\"::INTEGER" if float(first) < 1e5 else f'to_timestamp("{name}")'
        return _wrong(
            name, f"the number {first}", f'`query: SELECT * REPLACE ({how} AS "{name}") FROM source`'
        )
    return _wrong(name, f"{odd!r}, which cannot be read as a moment", "`time_format: '%d.%m.%y'` (strptime)")


def _wrong(name: str, what: str, how: str) -> StagewrightError:
    return StagewrightError(
        f"data.source: {name!r} holds {what}; write ISO 8601 (2024-01-31T09:30), or say how to read it: {how}"
    )
