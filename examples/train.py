"""A training script as teams have them: nothing in it knows of Tripline.

    WANDB_BASE_URL=http://localhost:8080 WANDB_API_KEY=… WANDB_ENTITY=vision python train.py
"""

import pathlib
import random

import wandb

with wandb.init(project="churn", config={"epochs": 3}) as run:
    for epoch in range(run.config["epochs"]):
        run.log({"epoch": epoch, "accuracy": 0.8 + 0.05 * epoch + random.random() / 100})

    weights = pathlib.Path("weights.txt")
    weights.write_text(" ".join(str(random.random()) for _ in range(100)))
    model = wandb.Artifact("churn-model", type="model", metadata={"accuracy": 0.91})
    model.add_file(str(weights))
    run.log_artifact(model, aliases=["candidate"]).wait()
    print(f"logged {model.name}")
