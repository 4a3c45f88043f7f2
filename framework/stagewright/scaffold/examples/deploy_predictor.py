"""A predictor: answers a folder of pictures one by one, and keeps each answer as an array."""

from stagewright.stages import deploy
from stagewright.stages.deploy import BackendInputs, PredictorInputs


@deploy.predictor
def one_by_one(inputs: PredictorInputs, /) -> int:
    """`<picture>.npy` with the first output of each."""
    import json

    import numpy as np
    from PIL import Image

    signature = json.loads((inputs.package / "signature.json").read_text())
    engine = inputs.resolve("deploy.backend", {"type": signature["platform"]})(
        BackendInputs(inputs.package, signature)
    )
    inputs.out.mkdir(parents=True, exist_ok=True)
    files = sorted(inputs.source.glob("*.png"))
    for file in files:
        picture = np.asarray(Image.open(file).convert("L"))[None, None]
        answer = engine({signature["inputs"][0]["name"]: picture})  # yours: what is kept of an answer
        np.save(inputs.out / f"{file.stem}.npy", next(iter(answer.values())))
    inputs.say(f"{len(files)} pictures")
    return len(files)
