"""One of many processes that log to one collection at once, and then edit aliases of one collection in each of two
registries. `CROWD_WRITER` is its number, `CROWD_REGISTRIES` the names of the registries."""

import os

import wandb
from scenario import ENTITY, PROJECT, at, model, report

ROUNDS = 2
writer = os.environ["CROWD_WRITER"]
registries = os.environ["CROWD_REGISTRIES"].split(",")

logged = []
with wandb.init(entity=ENTITY, project=PROJECT) as run:
    for round in range(ROUNDS):
        text = f"by {writer} in round {round}"
        draft = model("busy", {"own.txt": text, "shared.txt": "the same in all"}, metadata={"text": text})
        version = run.log_artifact(draft, aliases=[f"writer-{writer}", "contested"]).wait()
        logged.append({"version": version.version, "id": version.id, "text": text})

mine = wandb.Api().artifact(at("busy", logged[-1]["version"]))
linked = []
for registry in registries:
    path = f"{os.environ['CROWD_ORGANIZATION']}/wandb-registry-{registry}/shelf"
    link = mine.link(path, aliases=[f"of-{writer}"])
    for _ in range(ROUNDS):
        held = wandb.Api().artifact(f"{path}:of-{writer}")
        held.aliases = sorted({*held.aliases, "production"})
        held.save()
    linked.append(link.version)

report(logged=logged, linked=linked)
