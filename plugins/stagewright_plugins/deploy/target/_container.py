"""The build context of an image that serves a package."""

from __future__ import annotations

from collections.abc import Sequence

from stagewright._version import __version__
from stagewright.stages.deploy import TargetInputs

from ._requirements import requirements

# Verified again where it runs: what was changed on the way there is refused.
DOCKERFILE = """\
# {name} {short}: build from the package's folder, where manifest.json lies.
#   docker build -f targets/container/Dockerfile -t {name}:{short} .
#   docker run --rm -p 127.0.0.1:{port}:{port} -e STAGEWRIGHT_TOKEN {name}:{short}
FROM {base}

LABEL org.opencontainers.image.title="{name}" \\
      org.opencontainers.image.version="{version}"

ENV PYTHONUNBUFFERED=1 \\
    PYTHONDONTWRITEBYTECODE=1 \\
    STAGEWRIGHT_HOME=/var/lib/stagewright

COPY targets/container/requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt \\
    && pip install --no-cache-dir --no-deps {install} \\
    && useradd --uid 10001 --no-create-home stagewright \\
    && install -d -o stagewright /var/lib/stagewright

COPY . /model
USER 10001
VOLUME /var/lib/stagewright
EXPOSE {port}
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \\
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:{port}/v2/health/ready')"]
ENTRYPOINT ["stagewright", "serve", "/model"]
CMD ["--host", "0.0.0.0", "--port", "{port}"]
"""


def written(inputs: TargetInputs, base: str, port: int, install: str) -> Sequence[str]:
    """Write `Dockerfile` and `requirements.txt`; gives their names."""
    text = DOCKERFILE.format(
        name=inputs.name,
        short=inputs.version[:12],
        version=inputs.version,
        base=base,
        port=port,
        install=install.format(version=__version__),
    )
    (inputs.folder / "Dockerfile").write_text(text, encoding="utf-8")
    lines = [f"{name}=={version}" for name, version in requirements(inputs.package).items()]
    (inputs.folder / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ("Dockerfile", "requirements.txt")
