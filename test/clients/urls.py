"""The URLs that the client gives out: those it prints when a run begins, and those of what it made."""

import json
import os
import re
import sys
from io import StringIO

import wandb

ENTITY, PROJECT = os.environ["GIVEN_ENTITY"], os.environ["GIVEN_PROJECT"]

printed, sys.stderr = sys.stderr, StringIO()
with wandb.init(entity=ENTITY, project=PROJECT, name="first-run") as run:
    logged = wandb.Artifact("logged", type="model", metadata={"accuracy": 0.9})
    with logged.new_file("weights.txt") as file:
        file.write("weights")
    artifact = run.log_artifact(logged)
    artifact.wait()
    registered = run.link_artifact(artifact, "wandb-registry-models/released")
    shared = run.link_artifact(artifact, f"{ENTITY}/{PROJECT}/shared")
    urls = {
        "project": run.project_url,
        "run": run.url,
        "artifact": artifact.url,
        "registry": registered.url,
        "portfolio": shared.url,
    }
printed, sys.stderr = sys.stderr, printed
found = re.findall(r"https?://\S+/runs/[^\s\x1b]+", printed.getvalue())
assert found, printed.getvalue()
print(json.dumps({**urls, "printedRun": found[0]}))
