"""Logging: what a run is, what a version holds, when content is the same, and what runs made and used."""

import wandb
from scenario import ENTITY, PROJECT, at, log, model, refused, report, write

assert wandb.login(verify=True)

# A run, and a version with everything that a version can have.
with wandb.init(entity=ENTITY, project=PROJECT, config={"lr": 0.1}, tags=["nightly"], notes="first") as run:
    assert (run.entity, run.project) == (ENTITY, PROJECT)
    assert run.name.endswith("-1"), run.name
    maker = run.id
    draft = model(
        "full",
        {"weights.bin": bytes(range(256)) * 400, "conf/params.json": "{}", "empty": "", "déjà vu/日本 %2F.txt": "unicode"},
        description="the first one",
        metadata={"accuracy": 0.9, "nested": {"k": [1, 2]}, "note": "ü"},
    )
    draft.add_reference("https://example.com/data.csv", name="data.csv", checksum=False)
    logged = run.log_artifact(draft, aliases=["candidate"], tags=["fast", "small one"])
    logged.wait()
    assert (logged.name, logged.version, logged.state) == ("full:v0", "v0", "COMMITTED")
    assert sorted(logged.aliases) == ["candidate", "latest"]
    assert sorted(logged.tags) == ["fast", "small one"]
    assert logged.description == "the first one"
    assert logged.metadata == {"accuracy": 0.9, "nested": {"k": [1, 2]}, "note": "ü"}
    assert logged.file_count == 5
    assert logged.size == 102400 + 2 + len("unicode"), logged.size
    run.log({"loss": 1.0})
    run.log({"loss": 0.5, "nested": {"a": 1}})
    run.alert(title="almost", text="there", level=wandb.AlertLevel.WARN, wait_duration=60)
    run.save(write("notes/readme.md", "# notes"), base_path="notes")
    print("a line on the console with a NUL: \0 and more")

api = wandb.Api()
found = api.run(f"{ENTITY}/{PROJECT}/{maker}")
assert (found.state, found.config["lr"], found.summary["loss"]) == ("finished", 0.1, 0.5)
assert (found.tags, found.notes, found.user.username) == (["nightly"], "first", api.viewer.username)
assert found.lastHistoryStep == 1
names = sorted(file.name for file in found.files())
assert "readme.md" in names and "wandb-summary.json" in names and "output.log" in names, names
with found.file("readme.md").download(root="down", replace=True) as file:
    assert file.read() == "# notes"
assert [a.name for a in found.logged_artifacts()] == ["full:v0"]

# The same content again is the same version; new aliases and tags are added to it.
again = log(model("full", {
    "weights.bin": bytes(range(256)) * 400, "conf/params.json": "{}", "empty": "", "déjà vu/日本 %2F.txt": "unicode",
}), aliases=["again"])
assert again.version == "v1", "without the reference it is other content"
same = log(model("full", {
    "weights.bin": bytes(range(256)) * 400, "conf/params.json": "{}", "empty": "", "déjà vu/日本 %2F.txt": "unicode",
}), aliases=["repeated"], tags=["late"])
assert same.version == "v1" and same.id == again.id
assert sorted(same.aliases) == ["again", "latest", "repeated"], same.aliases
assert same.tags == ["late"]

# A run that logs what is there already has logged it too.
second_maker = api.runs(f"{ENTITY}/{PROJECT}", order="-created_at")[0]
assert [a.name for a in second_maker.logged_artifacts()] == ["full:v1"]

# Several versions at once from one process: numbers in order, the last one is the latest.
with wandb.init(entity=ENTITY, project=PROJECT) as run:
    drafts = [run.log_artifact(model("burst", {"data.txt": f"content {i}"})) for i in range(6)]
    versions = [draft.wait().version for draft in drafts]
assert sorted(versions) == [f"v{i}" for i in range(6)], versions
assert api.artifact(at("burst")).version == "v5"

# Directories; a version that refers to another; one made outside of any run.
write("folder/a.txt", "a")
write("folder/deep/b.txt", "b")
folder = wandb.Artifact("folder", type="dataset")
folder.add_dir("folder")
log(folder)
pointing = wandb.Artifact("pointing", type="dataset")
pointing.add(wandb.Table(columns=["x"], data=[[1], [2]]), "table")
pointing.add_reference(api.artifact(at("folder")).get_entry("deep/b.txt").ref_url(), name="b-elsewhere.txt")
pointing = log(pointing)
assert pointing.file_count == 2
loose = model("loose", {"x": "1"})
loose.save(project=PROJECT)
loose.wait()
assert loose.version == "v0" and loose.logged_by() is not None

# Who used what.
with wandb.init(entity=ENTITY, project=PROJECT, job_type="eval") as run:
    used = run.use_artifact("full:candidate")
    run.use_artifact(at("folder"))
    run.use_artifact("full:v0")
    user = run.id
assert used.version == "v0"
assert used.logged_by().id == maker
assert [r.id for r in used.used_by()] == [user]
assert sorted(a.name for a in api.run(f"{ENTITY}/{PROJECT}/{user}").used_artifacts()) == ["folder:v0", "full:v0"]

# A resumed run goes on where it was.
with wandb.init(entity=ENTITY, project=PROJECT, id=maker, resume="must") as run:
    assert run.resumed and run.starting_step == 2, run.starting_step
    run.log({"loss": 0.25})
resumed = wandb.Api().run(f"{ENTITY}/{PROJECT}/{maker}")  # one Api remembers the runs it has seen
assert (resumed.state, resumed.summary["loss"], resumed.lastHistoryStep) == ("finished", 0.25, 2)

# A run that fails says so.
try:
    with wandb.init(entity=ENTITY, project=PROJECT) as run:
        failing = run.id
        raise RuntimeError("the training diverged")
except RuntimeError:
    pass
assert api.run(f"{ENTITY}/{PROJECT}/{failing}").state == "failed"

# What the server refuses reaches the user's eyes.
with wandb.init(entity=ENTITY, project=PROJECT) as run:
    with refused(ValueError, saying="already exists with type"):
        run.log_artifact(model("full", {"x": "y"}, type="dataset")).wait()
    with refused(ValueError, saying="eu-nowhere-1"):
        run.log_artifact(wandb.Artifact("regional", type="model", storage_region="eu-nowhere-1")).wait()
with refused(saying="not found"):
    wandb.init(entity="nobody-has-this-name", project=PROJECT)

report(maker=maker, full=again.id)
