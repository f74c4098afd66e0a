"""Editing: aliases added, removed and moved, tags, metadata, descriptions, times to live, deletion, collections."""

from datetime import timedelta

import wandb
from scenario import ENTITY, PROJECT, at, log, model, refused, report


def now(version, collection="edited"):
    """As the server shows it now: an Api object remembers."""
    return wandb.Api().artifact(at(collection, version))


first = log(model("edited", {"x": "1"}), aliases=["old"])
second = log(model("edited", {"x": "2"}))

# Aliases: added, moved from another version, removed, all in one save.
first = now("v0")
first.aliases.append("production")
first.save()
assert sorted(now("v0").aliases) == ["old", "production"]
second = now("v1")
second.aliases.append("production")
second.save()
assert sorted(now("v1").aliases) == ["latest", "production"] and now("v0").aliases == ["old"]
assert now("production").version == "v1"
first = now("v0")
first.aliases = ["older", "oldest"]
first.save()
assert sorted(now("v0").aliases) == ["older", "oldest"]
assert not wandb.Api().artifact_exists(at("edited", "old"))
first.save()  # nothing has changed
first.aliases.remove("older")
first.save()
assert now("v0").aliases == ["oldest"]

# Tags, metadata, description.
first = now("v0")
first.tags.extend(["alpha", "beta gamma"])
first.metadata.update({"accuracy": 0.5, "deep": {"list": [1, {"x": None}]}})
first.description = "now with words: ünï"
first.save()
first = now("v0")
assert sorted(first.tags) == ["alpha", "beta gamma"]
assert first.metadata == {"accuracy": 0.5, "deep": {"list": [1, {"x": None}]}}
assert first.description == "now with words: ünï"
first.tags.remove("alpha")
del first.metadata["deep"]
first.save()
first = now("v0")
assert (first.tags, first.metadata) == (["beta gamma"], {"accuracy": 0.5})
first.ttl = timedelta(days=2)
first.save()
assert now("v0").ttl == timedelta(days=2)

# Deleting: not while somebody points at it, and the number is never given again.
with refused(saying="alias"):
    now("v0").delete()
now("v0").delete(delete_aliases=True)
assert not wandb.Api().artifact_exists(at("edited", "v0"))
assert not wandb.Api().artifact_exists(at("edited", "oldest"))
assert log(model("edited", {"x": "3"})).version == "v2"
now("v2").delete(delete_aliases=True)
assert log(model("edited", {"x": "3"})).version == "v3", "a deleted version is no duplicate"

# Collections: name, description, tags, type; what was loaded by the old name is found by the new one.
collection = wandb.Api().artifact_collection("model", f"{ENTITY}/{PROJECT}/edited")
collection.name = "renamed"
collection.description = "all of them"
collection.tags = ["team a", "nlp"]
collection.save()
collection = wandb.Api().artifact_collection("model", f"{ENTITY}/{PROJECT}/renamed")
assert (collection.description, sorted(collection.tags)) == ("all of them", ["nlp", "team a"])
assert now("v1", "renamed").id == second.id and not wandb.Api().artifact_exists(at("edited", "v1"))
collection.tags = ["nlp"]
collection.save()
assert wandb.Api().artifact_collection("model", f"{ENTITY}/{PROJECT}/renamed").tags == ["nlp"]
collection.change_type("checkpoint")
assert now("v1", "renamed").type == "checkpoint"

# A taken name is refused.
log(model("neighbour", {"n": "1"}))
neighbour = wandb.Api().artifact_collection("model", f"{ENTITY}/{PROJECT}/neighbour")
neighbour.name = "renamed"
with refused(saying="renamed"):
    neighbour.save()

# Deleting a sequence deletes its versions, also where they were linked.
now("v1", "renamed").link(f"{ENTITY}/{PROJECT}/shelf")
wandb.Api().artifact_collection("checkpoint", f"{ENTITY}/{PROJECT}/renamed").delete()
assert not wandb.Api().artifact_exists(at("renamed"))
assert not wandb.Api().artifact_exists(at("shelf", "v0"))

report()
