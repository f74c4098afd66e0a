"""Artifacts inside other things: in other artifacts, in a run's config, as tables of a run and in tables."""

import pathlib

import wandb
from conftest import draft, log, refused, rest, write
from promises import promise


def found(place, id):
    return place.acme.alice.api().run(f"{place.path}/{id}")


@promise("Artifact.add_reference", "Artifact.get_entry", "Artifact.download", "Artifact.verify")
def test_an_artifact_refers_to_files_of_another(place, api):
    log(place, draft("data", {"train.csv": "1,2", "deep/test.csv": "3,4"}, type="dataset"))
    source = api.artifact(place.at("data"))
    made = wandb.Artifact("split", type="dataset")
    made.add_reference(source.get_entry("train.csv").ref_url(), name="mine.csv")
    made.add_reference(pathlib.Path(write("disk.txt", "on a disk")).absolute().as_uri(), name="disk.txt")
    made.add_file(write("own.txt", "own"))
    log(place, made)
    again = place.acme.alice.api().artifact(place.at("split"))
    assert sorted(again.manifest.entries) == ["disk.txt", "mine.csv", "own.txt"]
    assert again.get_entry("mine.csv").ref.startswith("wandb-artifact://")
    folder = pathlib.Path(again.download(root="down"))
    assert (folder / "mine.csv").read_text() == "1,2" and (folder / "own.txt").read_text() == "own"
    assert (folder / "disk.txt").read_text() == "on a disk"
    assert [each.name for each in again.files()] == ["disk.txt", "mine.csv", "own.txt"] and len(again.files()) == 3
    again.verify(root=str(folder))


@promise("ArtifactManifestEntry", "ArtifactManifestEntry.download", "ArtifactManifestEntry.parent_artifact", "ArtifactManifestEntry.ref_target", "ArtifactManifestEntry.ref_url")
def test_an_entry_knows_its_artifact_its_address_and_where_it_refers_to(place, api):
    log(place, draft("data", {"deep/train.csv": "1,2"}, type="dataset"))
    source = api.artifact(place.at("data"))
    entry = source.get_entry("deep/train.csv")
    assert entry.parent_artifact().id == source.id and entry.ref_url().endswith("/deep/train.csv")
    made = wandb.Artifact("split", type="dataset")
    made.add_reference(entry, name="mine.csv")
    made.add_reference("https://example.com/far.bin", name="far.bin", checksum=False)
    log(place, made)
    again = place.acme.alice.api().artifact(place.at("split"))
    mine, far = again.get_entry("mine.csv"), again.get_entry("far.bin")
    assert pathlib.Path(mine.download(root="down")).read_text() == "1,2" == pathlib.Path(entry.download(root="own")).read_text()
    assert far.ref_target() == far.ref == "https://example.com/far.bin"
    assert (mine.name, far.name) == ("mine.csv", "far.bin")


@promise("Artifact.add", "Artifact.get", "Artifact.wait")
def test_an_object_logged_in_one_artifact_is_referred_to_by_another_of_the_same_run(place, api):
    table = wandb.Table(columns=["x", "page"], data=[[1, wandb.Html("<b>one</b>")], [2, None]])
    first, second = wandb.Artifact("first", type="dataset"), wandb.Artifact("second", type="dataset")
    first.add(table, "table")
    with wandb.init(entity=place.entity, project=place.name) as run:
        run.log_artifact(first)
        second.add(table, "again")
        run.log_artifact(second)
    entry = api.artifact(place.at("second")).get_entry("again.table.json")
    assert entry.ref.startswith("wandb-artifact://")
    for name, key in [("first", "table"), ("second", "again")]:
        rows = api.artifact(place.at(name)).get(key).data
        assert [row[0] for row in rows] == [1, 2] and rows[0][1].html.endswith("<b>one</b>") and rows[1][1] is None
    listed = api.artifact(place.at("first"))
    page, rows = sorted(each.name for each in listed.files())
    assert (page.split("/")[:2], rows) == (["media", "html"], "table.table.json")
    assert pathlib.Path(listed.download(root="whole"), page).read_text().endswith("<b>one</b>") and listed.verify("whole") is None
    shown = rest("GET", f"/projects/{place.path}/collections/first/versions/v0/files", key=api.api_key).body["items"]
    assert [each["path"] for each in shown] == [page, rows]


@promise("wandb.Run", "Run", "Artifact.used_by", "Run.used_artifacts")
def test_an_artifact_in_the_config_of_a_run_is_used_by_it(place, api):
    place.given_version("data", type="dataset")
    version = api.artifact(place.at("data"))
    with wandb.init(entity=place.entity, project=place.name, config={"data": version, "lr": 0.1}) as run:
        assert run.config["data"].id == version.id
        run.config["later"] = version
    assert [each.name for each in found(place, run.id).used_artifacts()] == ["data:v0"]
    assert [each.id for each in api.artifact(place.at("data")).used_by()] == [run.id]
    kept = found(place, run.id).config
    assert kept["lr"] == 0.1 and kept["data"]["_type"] == kept["later"]["_type"] == "artifactVersion"


@promise("wandb.Run.log", "Artifact.get", "Artifact.used_by")
def test_tables_and_media_that_a_run_logs_are_artifacts_and_files(place, api):
    with wandb.init(entity=place.entity, project=place.name) as run:
        table = wandb.Table(columns=["id", "page"], data=[[1, wandb.Html("<b>one</b>")], [2, None]])
        run.log({"predictions": table, "page": wandb.Html("<i>shown</i>")})
    logged = found(place, run.id).logged_artifacts()
    [name] = [each.name for each in logged if each.type == "run_table"]
    version = api.artifact(f"{place.path}/{name}")
    rows = version.get("predictions").data
    assert [row[0] for row in rows] == [1, 2] and rows[0][1].html.endswith("<b>one</b>")
    assert version.ttl is None
    files = [each.name for each in found(place, run.id).files()]
    assert any(each.startswith("media/html/page") for each in files) and any("table.json" in each for each in files)
    assert found(place, run.id).summary["predictions"]["_type"] == "table-file"
    # A table that is in an artifact is shown in another run.
    with wandb.init(entity=place.entity, project=place.name) as other:
        other.use_artifact(version)
        other.log({"again": version.get("predictions")})
    assert len(found(place, other.id).logged_artifacts()) >= 1


@promise("wandb.Run.log_model", "wandb.Run.use_model", "wandb.Run.link_model")
def test_a_model_is_used_by_any_of_its_paths_and_linked_with_aliases(place, api, acme):
    with wandb.init(entity=place.entity, project=place.name) as run:
        run.log_model(write("model/m.bin", "m"), name="churn", aliases=["best"])
        run.link_model(write("model/m.bin", "m"), "shown", name="churn", aliases=["staging"])
    linked = api.artifact(f"{place.entity}/model-registry/shown:staging")
    assert (linked.source_name, linked.is_link, sorted(linked.aliases)) == ("churn:v0", True, ["latest", "staging"])
    with wandb.init(entity=place.entity, project=place.name) as run:
        for name in ["churn:best", f"{place.path}/churn:v0", f"{place.entity}/model-registry/shown:staging"]:
            assert pathlib.Path(run.use_model(name)).read_text() == "m"
        with refused(saying="not found"):
            run.use_model("churn:none")
    assert [each.id for each in api.artifact(place.at("churn")).used_by()] == [run.id]


@promise("wandb.Run.alert")
def test_alerts_of_a_run_are_kept_and_one_with_the_same_title_waits(place, acme):
    with wandb.init(entity=place.entity, project=place.name) as run:
        run.alert(title="low", text="0.1 is low", level="WARN", wait_duration=300)
        run.alert(title="low", text="0.05 is lower", level="WARN", wait_duration=300)
        run.alert(title="over", text="done\nünï")
        run.alert(title="x" * 10_000, text="nothing that ends a training")
    path = f"/projects/{place.path}/run-alerts"
    alerts = rest("GET", f"{path}?run={run.id}", key=acme.vera.key).body["items"]
    assert [(each["title"], each["text"], each["severity"]) for each in alerts] == [
        ("over", "done\nünï", "INFO"),
        ("low", "0.1 is low", "WARN"),
    ]
    assert alerts[0]["run"] == run.id and alerts[0]["username"] == acme.alice.username
    assert found(place, run.id).state == "finished"
    assert len(rest("GET", path, key=acme.vera.key).body["items"]) == 2
    rest("GET", path, key=acme.otto.key, expecting=[404])
