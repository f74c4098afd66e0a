"""Reading: by name and id, listings, what does not exist, and bytes back by every way the client has."""

import os
import pathlib
import shutil

import requests
import wandb
from scenario import ENTITY, PROJECT, at, log, model, refused, report

FILES = {
    "weights.bin": os.urandom(300_000),
    "conf/params.json": '{"layers": 3}',
    "empty": b"",
    "space and ü/100 %2F#?.txt": "odd names",
}

# What a version refers to is where it was, and the client fetches it from there.
ELSEWHERE = pathlib.Path("elsewhere.csv").absolute()
ELSEWHERE.write_text("1,2,3")


def draft():
    about = model("readable", FILES, metadata={"a": 1}, description="to be read")
    about.add_reference(ELSEWHERE.as_uri(), name="data.csv")
    return about


logged = log(draft(), aliases=["stable"], tags=["kept"])
second = log(model("readable", {"other.txt": "second"}))
log(model("raw", {"rows.csv": "a,b"}, type="dataset"))
api = wandb.Api()

# By name, by alias, by number, by default; by the id.
for version in ["v0", "stable"]:
    found = api.artifact(at("readable", version), type="model")
    assert (found.id, found.version) == (logged.id, "v0")
newest = api.artifact(f"{ENTITY}/{PROJECT}/readable")
assert (newest.id, newest.version) == (second.id, "v1")
stable = api.artifact(at("readable", "stable"))
assert sorted(stable.aliases) == ["stable"] and stable.tags == ["kept"]
assert (stable.description, stable.metadata, stable.type) == ("to be read", {"a": 1}, "model")
assert (stable.entity, stable.project, stable.source_name) == (ENTITY, PROJECT, "readable:v0")
assert stable.created_at.endswith("Z") and stable.digest == logged.digest
assert not stable.is_link and stable.ttl is None

# What does not exist is not there; it is no error to ask.
assert api.artifact_exists(at("readable", "v0"))
assert api.artifact_exists(at("readable"))
assert not api.artifact_exists(at("readable", "v7"))
assert not api.artifact_exists(at("readable", "no-such-alias"))
assert not api.artifact_exists(at("unreadable"))
assert not api.artifact_exists(at("readable", project="no-such-project"))
assert not api.artifact_exists(f"no-such-entity/{PROJECT}/readable:v0")
assert api.artifact_collection_exists(f"{ENTITY}/{PROJECT}/readable", type="model")
assert not api.artifact_collection_exists(f"{ENTITY}/{PROJECT}/readable", type="dataset")
assert not api.artifact_collection_exists(f"{ENTITY}/{PROJECT}/unreadable", type="model")
with refused(saying="not found"):
    api.artifact(at("readable", "v7"))
with refused(saying="not found"):
    api.artifact(at("readable", project="no-such-project"))
with refused(saying="Could not find run"):
    api.run(f"{ENTITY}/{PROJECT}/no-such-run")

# Listings, also in pages of one.
assert sorted(t.name for t in api.artifact_types(f"{ENTITY}/{PROJECT}")) == ["dataset", "model"]
assert api.artifact_type("model", f"{ENTITY}/{PROJECT}").name == "model"
with refused(saying="Could not find artifact type"):
    api.artifact_type("no-such-type", f"{ENTITY}/{PROJECT}").load()
collections = api.artifact_collections(f"{ENTITY}/{PROJECT}", "model")
assert [c.name for c in collections] == ["readable"] and len(collections) == 1
assert [v.version for v in api.artifacts("model", f"{ENTITY}/{PROJECT}/readable")] == ["v1", "v0"]
paged = api.artifacts("model", f"{ENTITY}/{PROJECT}/readable", per_page=1)
assert [v.version for v in paged] == ["v1", "v0"] and len(paged) == 2
assert [v.version for v in api.artifacts("model", f"{ENTITY}/{PROJECT}/readable", tags=["kept"])] == ["v0"]
collection = api.artifact_collection("model", f"{ENTITY}/{PROJECT}/readable")
assert sorted(collection.aliases) == ["latest", "stable"]
assert [v.version for v in collection.artifacts()] == ["v1", "v0"]
assert PROJECT in [p.name for p in api.projects(ENTITY)]
assert api.project(PROJECT, ENTITY).id
runs = api.runs(f"{ENTITY}/{PROJECT}", per_page=1)
assert len(runs) == 3 and [r.state for r in runs] == ["finished"] * 3

# Files of a version, and what it refers to.
assert sorted(f.name for f in stable.files()) == sorted([*FILES, "data.csv"]) and len(stable.files()) == 5
sizes = {f.name: f.size for f in stable.files(per_page=2)}
assert sizes == {"data.csv": 5, **{name: len(content) for name, content in FILES.items()}}, sizes
[only] = stable.files(names=["conf/params.json"])
assert only.name == "conf/params.json"
with only.download(root="by-file", replace=True) as file:
    assert file.read() == FILES["conf/params.json"]


def as_bytes(content):
    return content if isinstance(content, bytes) else content.encode()


def holds_all(folder):
    return all(pathlib.Path(folder, name).read_bytes() == as_bytes(content) for name, content in FILES.items())


# The whole version, into an empty folder and an empty cache.
cache = wandb.sdk.artifacts.artifact_file_cache.get_artifact_file_cache()
shutil.rmtree(cache._cache_dir, ignore_errors=True)
assert holds_all(stable.download(root="whole", skip_cache=True, allow_missing_references=False))
assert stable.verify("whole") is None

# One entry, by the path of the client that has no URL for it yet: with credentials, and bytes by a redirect or at once.
fresh = wandb.Api().artifact(at("readable", "stable"))
for name, content in FILES.items():
    path = fresh.get_entry(name).download(root="entry", skip_cache=True)
    assert pathlib.Path(path).read_bytes() == as_bytes(content)
assert fresh.get_entry("data.csv").ref == ELSEWHERE.as_uri(), fresh.get_entry("data.csv").ref

# Part of a file, as the client's threads and other tools ask for it; and never without a valid signature.
[weights] = stable.files(names=["weights.bin"])
part = requests.get(weights.direct_url, headers={"Range": "bytes=1000-1999"}, timeout=10)
assert (part.status_code, part.content) == (206, FILES["weights.bin"][1000:2000])
assert part.headers["content-disposition"].startswith("attachment")
assert requests.get(weights.direct_url[:-4] + "AAAA", timeout=10).status_code == 403
assert requests.get(weights.direct_url.split("?")[0], timeout=10).status_code == 403

# A new version from an old one.
changed = stable.new_draft()
changed.metadata["b"] = 2
changed.remove("empty")
changed = log(changed)
assert changed.version == "v2" and changed.file_count == 4 and changed.metadata == {"a": 1, "b": 2}
assert pathlib.Path(changed.get_entry("weights.bin").download(root="moved")).read_bytes() == FILES["weights.bin"]

report()
