"""What the machine is doing now, in OpenTelemetry's names: psutil, and NVML where there is a GPU with its library."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

# https://opentelemetry.io/docs/specs/semconv/system/ ; shares are 0 to 1, memory is in bytes, power in watts.


def measured(interval: float = 0.1) -> dict[str, float]:
    """One look; `interval` seconds of CPU time are averaged over."""
    import psutil

    process, memory = psutil.Process(), psutil.virtual_memory()
    found = {
        "system.cpu.utilization": psutil.cpu_percent(interval) / 100,
        "system.memory.utilization": memory.percent / 100,
        "system.memory.usage": float(memory.used),
        "system.filesystem.utilization": psutil.disk_usage(".").percent / 100,
        "process.memory.usage": float(process.memory_info().rss),
    }
    return found | (dict(_gpus()) if find_spec("pynvml") else {})


def _gpus() -> Iterator[tuple[str, float]]:
    """Mean over the GPUs of utilization, memory and temperature, and their power together; none without NVML."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return  # the library is installed, a driver is not
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        looks = [_look(pynvml, handle) for handle in handles]
    finally:
        pynvml.nvmlShutdown()
    for name in looks[0] if looks else ():
        total = sum(look[name] for look in looks)
        yield name, total if name == "hw.power" else total / len(looks)


def _look(nvml: Any, handle: Any) -> dict[str, float]:
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    return {
        "hw.gpu.utilization": nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100,
        "hw.gpu.memory.usage": float(memory.used),
        "hw.gpu.memory.utilization": memory.used / memory.total,
        "hw.temperature": float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)),
        "hw.power": nvml.nvmlDeviceGetPowerUsage(handle) / 1000,
    }
