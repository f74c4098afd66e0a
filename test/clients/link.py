"""Linking: portfolios number and name their versions by themselves, and leave the source alone."""

import wandb
from scenario import ENTITY, PROJECT, at, log, model, refused, report

api = wandb.Api()
first = log(model("source", {"x": "1"}))
second = log(model("source", {"x": "2"}))

# From within a run, and from outside; the server names the newest link `latest`.
with wandb.init(entity=ENTITY, project=PROJECT) as run:
    linked = run.link_artifact(run.use_artifact("source:v1"), "approved", aliases=["production"])
assert (linked.name, linked.version, linked.is_link) == ("approved:v0", "v0", True)
assert sorted(linked.aliases) == ["latest", "production"], linked.aliases
assert (linked.source_name, linked.source_version) == ("source:v1", "v1")
older = first.link(f"{ENTITY}/{PROJECT}/approved")
assert (older.version, older.aliases) == ("v1", ["latest"])
assert api.artifact(at("approved", "production")).aliases == ["production"]

# The same link again is the same membership; aliases are added to it, and move within the portfolio only.
again = first.link(f"{ENTITY}/{PROJECT}/approved", aliases=["production"])
assert again.version == "v1" and sorted(again.aliases) == ["latest", "production"]
assert wandb.Api().artifact(at("approved", "v0")).aliases == []
assert wandb.Api().artifact(at("source", "v1")).aliases == ["latest"]

# Into another project, made by linking; as a draft, which is logged first; and as the client links models.
elsewhere = first.link(f"{ENTITY}/showroom/approved")
assert (elsewhere.project, elsewhere.version) == ("showroom", "v0")
with wandb.init(entity=ENTITY, project=PROJECT) as run:
    run.link_artifact(model("drafted", {"x": "3"}), "approved")
    path = model("linked", {"m.bin": "m"}) and run.link_model("sources/linked/m.bin", "shown", name="linked-model")
assert wandb.Api().artifact(at("approved")).source_name == "drafted:v0"
assert wandb.Api().artifact(f"{ENTITY}/model-registry/shown:latest").type == "model"

# Where a version is linked.
found = wandb.Api().artifact(at("source", "v0"))
assert sorted(each.qualified_name for each in found.linked_artifacts) == [
    f"{ENTITY}/{PROJECT}/approved:v1",
    f"{ENTITY}/showroom/approved:v0",
]
# (In a list the client shows a link's `version` as the source's, and the portfolio's in its name.)
shown = [v.name for v in api.artifacts("model", f"{ENTITY}/{PROJECT}/approved")]
assert shown == ["approved:v2", "approved:v1", "approved:v0"], shown
assert api.artifact_collection("model", f"{ENTITY}/{PROJECT}/approved").is_sequence() is False

# A portfolio takes one type.
with refused(saying="type"):
    log(model("table", {"t": "t"}, type="dataset")).link(f"{ENTITY}/{PROJECT}/approved")

# Unlinking takes the version out of the portfolio, and nothing else; numbers are not given again.
wandb.Api().artifact(at("approved", "v1")).unlink()
assert not wandb.Api().artifact_exists(at("approved", "v1"))
assert not wandb.Api().artifact_exists(at("approved", "production"))
assert wandb.Api().artifact(at("source", "v0")).id == first.id
with refused(ValueError, saying="source"):
    second.unlink()
assert first.link(f"{ENTITY}/{PROJECT}/approved").version == "v3"

# A linked version that is edited: its aliases are those of the portfolio, its tags and metadata its own.
edited = wandb.Api().artifact(at("approved", "v3"))
edited.aliases.append("blessed")
edited.metadata["by"] = "link"
edited.tags.append("checked")
edited.save()
assert sorted(wandb.Api().artifact(at("approved", "v3")).aliases) == ["blessed", "latest"]
source = wandb.Api().artifact(at("source", "v0"))
assert (source.metadata, source.tags, source.aliases) == ({"by": "link"}, ["checked"], [])

# Deleting a linked version unlinks it.
edited.delete(delete_aliases=True)
assert not wandb.Api().artifact_exists(at("approved", "v3")) and wandb.Api().artifact_exists(at("source", "v0"))

# Deleting a portfolio leaves the versions.
api.artifact_collection("model", f"{ENTITY}/{PROJECT}/approved").delete()
assert not wandb.Api().artifact_collection_exists(f"{ENTITY}/{PROJECT}/approved", type="model")
assert wandb.Api().artifact_exists(at("source", "v1"))

report()
