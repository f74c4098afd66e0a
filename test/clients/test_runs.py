"""Runs: what they log and use, and what of them a session finds, changes and takes up again."""

import os
import pathlib

import pytest
import wandb
from conftest import draft, log, refused, write
from promises import promise, properties_of


def found(place, id):
    """The run as the server shows it now: a session remembers the runs it has seen."""
    return place.acme.alice.api().run(f"{place.path}/{id}")


@promise("wandb.Run", "wandb.Run.log", "wandb.Run.alert", "wandb.Run.save", "wandb.Run.restore", "wandb.Run.define_metric", "wandb.Run.finish", "wandb.Run.status", "wandb.Run.log_code", "wandb.Run.mark_preempting", "wandb.Run.pin_config_keys", "wandb.Run.write_logs", "Run.file", "Run.files", "File.download")
def test_a_run_does_all_it_can_and_is_read_back(place):
    run = wandb.init(entity=place.entity, project=place.name, config={"lr": 0.1}, tags=["nightly"], notes="first")
    assert {name: getattr(run, name) for name in properties_of(type(run))}["entity"] == place.entity
    run.define_metric("loss", summary="min")
    for call, arguments in [("pin_config_keys", (["lr"],)), ("write_logs", ("a line\n",))]:
        if hasattr(run, call):
            getattr(run, call)(*arguments)
    for loss in [1.0, 0.5, 0.75]:
        run.log({"loss": loss, "nested": {"a": 1}})
    run.alert(title="almost", text="there", level=wandb.AlertLevel.WARN, wait_duration=60)
    run.save(write("notes/readme.md", "# notes"), base_path="notes")
    write("code/train.py", "print()")
    run.log_code("code", name="code")
    run.mark_preempting()
    assert run.status() is not None
    run.finish()

    again = found(place, run.id)
    assert (again.state, again.config["lr"], again.tags, again.notes) == ("finished", 0.1, ["nightly"], "first")
    assert again.summary["loss"]["min"] == 0.5 and again.lastHistoryStep == 2
    assert {"readme.md", "config.yaml", "output.log", "wandb-summary.json"} <= {each.name for each in again.files()}
    assert [each.name for each in again.files(pattern="%SUMMARY.json", per_page=1)] == ["wandb-summary.json"]
    assert [each.name for each in again.files(pattern="wandb\\_%.json")] == list(again.files(pattern="readme.md\\")) == []
    with again.file("./readme.md").download(root=os.path.abspath("down"), replace=True) as file:
        assert file.read() == "# notes"
    assert place.acme.alice.api().artifact(f"{place.path}/code:latest").type == "code"
    restored = wandb.restore("readme.md", run_path=f"{place.path}/{run.id}", root=os.path.abspath("restored"))
    assert restored.read() == "# notes"


@promise("Run", "Api.run", "Run.load", "Run.load_full_data")
def test_every_property_of_a_run_can_be_read(place, api):
    with wandb.init(entity=place.entity, project=place.name, config={"lr": 0.1}) as run:
        run.log({"loss": 0.5})
    again = api.run(f"{place.path}/{run.id}")
    values = {name: getattr(again, name) for name in properties_of(type(again))}
    assert (values["entity"], values["id"], values["state"], values["path"]) == (place.entity, run.id, "finished", [place.entity, place.name, run.id])
    assert values["config"] == {"lr": 0.1} and values["summary"]["loss"] == 0.5 and values["sweep"] is None
    assert values["name"] == run.name and values["metadata"]["python"] and run.id in values["url"]
    again.load(force=True)
    if hasattr(again, "load_full_data"):
        again.load_full_data()
    assert again.user.username == place.acme.alice.username
    with refused(saying="Could not find run"):
        api.run(f"{place.path}/none")


@promise("wandb.Run.use_artifact", "wandb.Run.log_artifact", "Artifact.used_by", "Artifact.logged_by", "Run.logged_artifacts", "Run.used_artifacts")
def test_what_runs_logged_and_used_is_known_from_both_sides(place, api):
    with wandb.init(entity=place.entity, project=place.name) as maker:
        maker.log_artifact(draft("source", {"x": "1"})).wait()
    with wandb.init(entity=place.entity, project=place.name, job_type="eval") as user:
        assert user.use_artifact("source:latest").version == "v0"
        user.use_artifact(place.at("source", "v0"))
    version = api.artifact(place.at("source"))
    assert version.logged_by().id == maker.id and [each.id for each in version.used_by()] == [user.id]
    assert [each.name for each in found(place, maker.id).logged_artifacts()] == ["source:v0"]
    assert [each.name for each in found(place, user.id).used_artifacts(per_page=1)] == ["source:v0"]
    assert len(found(place, user.id).logged_artifacts()) == 0


@promise("wandb.Run.link_artifact", "wandb.Run.link_model", "wandb.Run.log_model", "wandb.Run.use_model")
def test_a_run_logs_links_and_uses_models(place, api):
    with wandb.init(entity=place.entity, project=place.name) as run:
        run.link_artifact(draft("source", {"x": "1"}), "shelf", aliases=["production"])
        run.log_model(write("model/m.bin", "m"), name="logged")
        run.link_model(write("model/n.bin", "n"), "shown", name="linked")
    assert api.artifact(place.at("shelf", "production")).source_name == "source:v0"
    assert api.artifact(f"{place.entity}/model-registry/shown:latest").type == "model"
    with wandb.init(entity=place.entity, project=place.name) as run:
        assert pathlib.Path(run.use_model("logged:latest")).read_text() == "m"


@promise("wandb.Run.upsert_artifact", "wandb.Run.finish_artifact", notes="Of files with the same path the part that was begun last counts; finishing waits for the parts of runs that are still running.")
def test_several_runs_make_one_version_together(place, api):
    def part(files, **about):
        return draft("shards", files, type="dataset", **about)

    together = {"entity": place.entity, "project": place.name, "group": "together"}
    with wandb.init(**together) as first:
        first.upsert_artifact(part({"a.txt": "a", "same.txt": "old"}, metadata={"by": "first"}), aliases=["one"])
    with wandb.init(**together) as second:
        second.upsert_artifact(part({"b.txt": "b"}))
        second.upsert_artifact(part({"c.txt": "c", "same.txt": "new"}))
    assert not api.artifact_exists(place.at("shards"))
    with wandb.init(**together) as last:
        last.finish_artifact(part({"d.txt": "d"}, description="whole"), aliases=["two"]).wait()

    files = {"a.txt": "a", "b.txt": "b", "c.txt": "c", "d.txt": "d", "same.txt": "new"}
    version = api.artifact(place.at("shards", "one"))
    assert (version.version, sorted(version.aliases)) == ("v0", ["latest", "one", "two"])
    assert (version.description, version.metadata, version.logged_by().id) == ("whole", {"by": "first"}, last.id)
    assert {each.name: each.size for each in version.files()} == {name: len(text) for name, text in files.items()}
    root = pathlib.Path(version.download(root="down"))
    assert {name: (root / name).read_text() for name in files} == files
    version.verify(root="down")
    assert log(place, draft("shards", files, type="dataset")).version == "v0", "the whole is known by its content"
    with wandb.init(**together) as alone:
        alone.finish_artifact(part({"e.txt": "e"}), distributed_id="another").wait()
    assert sorted(api.artifact(place.at("shards", "v1")).manifest.entries) == ["e.txt"]


@promise("Artifact", "wandb.Run.log_artifact", notes="`incremental=True` adds to the newest version")
def test_a_version_that_only_says_what_it_adds_has_all_the_rest_too(place, api):
    place.given_version("source", files={"a.txt": "a", "b.txt": "b"})
    for files in [{"b.txt": "changed"}, {"c.txt": "c"}]:
        log(place, draft("source", files, incremental=True))
    version = api.artifact(place.at("source"))
    assert (version.version, sorted(version.manifest.entries)) == ("v2", ["a.txt", "b.txt", "c.txt"])
    root = pathlib.Path(version.download(root="down"))
    assert [(root / name).read_text() for name in ["a.txt", "b.txt", "c.txt"]] == ["a", "changed", "c"]
    version.verify(root="down")
    assert log(place, draft("new", {"x": "x"}, incremental=True)).version == "v0"


@promise("wandb.Run")
def test_a_run_goes_on_where_it_was_and_a_failed_one_says_so(place):
    with wandb.init(entity=place.entity, project=place.name) as run:
        run.log({"loss": 1})
    with wandb.init(entity=place.entity, project=place.name, id=run.id, resume="must") as again:
        assert again.resumed and again.starting_step == 1
        again.log({"loss": 0.5})
    assert (found(place, run.id).summary["loss"], found(place, run.id).lastHistoryStep) == (0.5, 1)
    with pytest.raises(RuntimeError):
        with wandb.init(entity=place.entity, project=place.name) as failing:
            raise RuntimeError("the training diverged")
    assert found(place, failing.id).state == "failed"


@promise("wandb.Run.log", notes="A summary up to 10,383,360 bytes: a larger one the client leaves out, and says so.")
def test_a_run_ends_with_the_largest_summary_and_the_longest_lines_that_the_client_sends(place):
    for size, kept in [(10_300_000, True), (11_000_000, False)]:
        with wandb.init(entity=place.entity, project=place.name) as run:
            run.summary["page"] = "x" * size
            for number in range(5):
                run.log({"loss": number, "text": "y" * 8_000_000})
            del run.summary["text"]
        ended = found(place, run.id)
        assert (ended.state, ended.lastHistoryStep) == ("finished", 4)
        assert len(ended.summary.get("page", "")) == (size if kept else 0)


@promise("Api.create_run", "Run.create", "Run.update", "Run.save", "Run.update_state", "Run.log_artifact", "Run.use_artifact", "Run.upload_file", "Run.wait_until_finished")
def test_a_run_is_made_and_changed_without_training(place, api):
    api.create_run(run_id="by-hand", project=place.name, entity=place.entity)
    run = found(place, "by-hand")
    run.config["lr"], run.notes, run.summary["loss"] = 0.2, "by hand", 0.1
    run.update()
    run.save()
    assert (found(place, "by-hand").config, found(place, "by-hand").notes) == ({"lr": 0.2}, "by hand")
    assert found(place, "by-hand").summary["loss"] == 0.1
    place.given_version("source")
    run.use_artifact(api.artifact(place.at("source")))
    run.log_artifact(api.artifact(place.at("source")))
    assert [each.name for each in found(place, "by-hand").used_artifacts()] == ["source:v0"]
    assert [each.name for each in found(place, "by-hand").logged_artifacts()] == ["source:v0"]
    run.upload_file(write("up/u.txt", "hi"), root="up")
    assert [each.name for each in found(place, "by-hand").files()] == ["u.txt"]
    assert run.update_state("finished") is True
    with refused(saying="running, finished, failed or crashed"):
        run.update_state("pending")
    run.wait_until_finished()
    assert found(place, "by-hand").state == "finished"
    as_vera = place.acme.vera.api().run(f"{place.path}/by-hand")
    as_vera.notes = "mine"
    with refused(saying="member"):
        as_vera.update()


@promise("HTTPSummary", "HTTPSummary.get", "HTTPSummary.items", "HTTPSummary.keys", "HTTPSummary.load", "HTTPSummary.update")
def test_the_summary_of_a_run_is_read_and_changed_afterwards(place):
    with wandb.init(entity=place.entity, project=place.name) as run:
        run.log({"loss": 0.5, "deep": {"a": 1}})
    again = found(place, run.id)
    again.summary.update({"best": 0.25, "deep": {"a": 2}})
    kept = found(place, run.id).summary
    kept.load()
    assert (kept.get("best"), kept.get("loss"), kept.get("none", 7), kept["deep"]["a"]) == (0.25, 0.5, 7, 2)
    assert {"best", "loss", "deep"} <= set(kept.keys()) and ("best", 0.25) in list(kept.items())


@promise("Api.flush", "Api.runs", "Runs", "Runs.upgrade_to_full")
def test_runs_are_listed_in_either_order_page_by_page(place, api):
    for name in ["first", "second", "third"]:
        api.create_run(run_id=name, project=place.name, entity=place.entity)

    def names(runs):
        return [each.id for each in runs]

    assert names(api.runs(place.path, order="+created_at", per_page=1)) == ["first", "second", "third"]
    runs = place.acme.alice.api().runs(place.path, order="-created_at")
    if hasattr(runs, "upgrade_to_full"):
        runs.upgrade_to_full()
    assert names(runs) == ["third", "second", "first"] and len(runs) == 3
    api.flush()
    assert len(api.runs(place.path)) == 3


@promise("Api.runs")
def test_runs_are_filtered_by_what_they_are_and_what_they_say(place, acme):
    about = [
        ("one", {"lr": 0.1, "net": {"kind": "cnn"}}, {"loss": 0.5}, ["nightly"]),
        ("two", {"lr": 0.01, "net": {"kind": "mlp"}}, {"loss": 0.25}, ["nightly", "best"]),
        ("three", {"lr": "auto"}, {}, []),
    ]
    for id, config, summary, tags in about:
        with wandb.init(entity=place.entity, project=place.name, id=id, name=f"run {id}", config=config, tags=tags, group=f"g-{id}", job_type="train") as run:
            run.summary.update(summary)

    def ids(filters, **options):
        runs = acme.vera.api().runs(place.path, filters=filters, per_page=1, **options)
        found = [each.id for each in runs]
        assert len(runs) == len(found), "the count is of the same runs"
        return found

    assert ids({"config.lr": 0.1}) == ids({"config.lr.value": 0.1}) == ["one"]
    assert ids({"config.lr": {"$lt": 0.05}}) == ["two"] and ids({"config.lr": "auto"}) == ["three"]
    assert ids({"config.net.kind": {"$regex": "^(cnn|mlp)$"}}) == ["one", "two"]
    assert ids({"config.net": {"$exists": False}}) == ids({"config.net.kind": {"$exists": False}}) == ["three"]
    assert ids({"summary_metrics.loss": {"$gt": 0.3}}) == ["one"]
    assert ids({"tags": "best"}) == ["two"] and ids({"tags": {"$in": ["nightly"]}}) == ["one", "two"]
    assert ids({"tags": {"$nin": ["best"]}}) == ["one", "three"]
    assert ids({"$or": [{"config.lr": 0.1}, {"display_name": {"$regex": "thr"}}]}) == ["one", "three"]
    assert ids({"$and": [{"state": "finished"}, {"jobType": "train"}, {"group": {"$ne": "g-one"}}]}) == ["two", "three"]
    assert ids({"state": {"$in": ["running", "failed"]}}) == [] == ids({"username": acme.bob.username})
    assert ids({"username": acme.alice.username, "name": "two", "displayName": "run two"}) == ["two"]
    assert ids({"createdAt": {"$gt": "2024-01-01T00:00:00Z"}}) == ["one", "two", "three"]
    assert ids({"created_at": {"$lt": "2024-01-01"}}) == []
    assert ids({}, order="-summary_metrics.loss") == ["one", "two", "three"]
    assert ids({}, order="+summary_metrics.loss") == ["two", "one", "three"]
    assert ids({"tags": "nightly"}, order="-config.lr.value") == ["one", "two"]
    assert ids({}, order="-display_name") == ["two", "three", "one"]
    for wrong, said in [({"nonsense": 1}, "no filter for"), ({"config.lr": {"$where": 1}}, "no filter operator")]:
        with refused(saying=said):
            ids(wrong)
    with refused(saying="no order by"):
        ids({}, order="+nonsense")
    with refused(saying="not find"):
        list(acme.otto.api().runs(place.path))
