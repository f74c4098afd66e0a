"""What every supported client must be able to do: log, use, link, promote and read back."""

import pathlib

import wandb
from scenario import ENTITY, PROJECT, at, log, model, report

# One server serves several versions of the client.
name = f"smoke-{wandb.__version__}"
first = log(model(name, {"weights.bin": b"\0" * 1000}, metadata={"a": 1}), aliases=["candidate"])
second = log(model(name, {"weights.bin": b"\1" * 1000}))
with wandb.init(entity=ENTITY, project=PROJECT) as run:
    used = run.use_artifact(f"{name}:candidate")
    run.link_artifact(used, f"{ENTITY}/{PROJECT}/{name}-approved")

api = wandb.Api()
linked = api.artifact(at(f"{name}-approved"))
linked.aliases.append("production")
linked.save()
api = wandb.Api()
assert sorted(api.artifact(at(f"{name}-approved", "v0")).aliases) == ["latest", "production"]
assert sorted(v.version for v in api.artifacts("model", f"{ENTITY}/{PROJECT}/{name}")) == ["v0", "v1"]
assert not api.artifact_exists(at(name, "v9"))
folder = api.artifact(at(f"{name}-approved", "production")).download(root="whole")
assert pathlib.Path(folder, "weights.bin").read_bytes() == b"\0" * 1000
assert pathlib.Path(second.get_entry("weights.bin").download(root="entry")).read_bytes() == b"\1" * 1000
report()
