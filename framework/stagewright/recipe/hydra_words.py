"""What Hydra and OmegaConf say of an error, without what only repeats where it happened."""

from __future__ import annotations


def one_line(error: BaseException) -> str:
    """The first words of an error in one line."""
    text = str(error) or str(error.__cause__ or type(error).__name__)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [
        line for line in lines if not line.startswith(("full_key:", "object_type=", "Config search path"))
    ]
    return " ".join(told[:2]) if told else type(error).__name__
