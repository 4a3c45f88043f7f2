"""Small models on one thread."""

from __future__ import annotations

from typing import Any


def one_thread() -> Any:
    """A context without OpenMP's threads: for a few thousand rows they cost more than they give.

    Beside a server that uses the same cores they wait for one another: seconds instead of a tenth of one.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="openmp")
