"""The main job: an unmodified training script, and an automation made with the client itself.

Prints one JSON document with what the client saw.
"""

import json
import os
import pathlib

import wandb
from wandb.automations import DoNothing, OnAddArtifactAlias, OnLinkArtifact, SendWebhook
from wandb.automations.events import ArtifactEvent

seen = {}
api = wandb.Api()

# A platform engineer's automation, made with the client: the webhook was configured by REST.
[hook] = [h for h in api.webhook_integrations(entity="vision") if h.name == "deployer"]
with wandb.init(project="churn") as run:
    weights = pathlib.Path("model.bin")
    weights.write_bytes(os.urandom(4096))
    model = wandb.Artifact("churn-model", type="model", metadata={"accuracy": 0.91})
    model.add_file(str(weights))
    run.log_artifact(model, aliases=["candidate"]).wait()
    run.link_artifact(model, "vision/churn/approved")
seen["first"] = model.version

portfolio = api.artifact_collection("model", "vision/churn/approved")
automation = api.create_automation(
    OnAddArtifactAlias(scope=portfolio, filter=ArtifactEvent.alias.matches_regex("^prod"))
    >> SendWebhook.from_integration(
        hook, payload={"made_by": "client", "version": "${artifact_version_string}", "author": "${event_author}"}
    ),
    name="from-the-client",
)
seen["automation"] = api.automation(name="from-the-client", entity="vision").name
seen["same"] = api.automation(name="from-the-client", entity="vision") == automation

# The training script moves the alias to the first version, then on to the next.
linked = api.artifact("vision/churn/approved:latest")
linked.aliases.append("production")
linked.save()

with wandb.init(project="churn") as run:
    weights.write_bytes(os.urandom(4096))
    model = wandb.Artifact("churn-model", type="model", metadata={"accuracy": 0.95})
    model.add_file(str(weights))
    run.log_artifact(model).wait()
    run.link_artifact(model, "vision/churn/approved", aliases=["production"])
seen["second"] = model.version

downloaded = api.artifact("vision/churn/approved:production").download(root="downloaded")
seen["same_bytes"] = pathlib.Path(downloaded, "model.bin").read_bytes() == weights.read_bytes()
print(json.dumps(seen))
