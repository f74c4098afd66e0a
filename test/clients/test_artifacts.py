"""Versions: logged once, read by any of their names, edited, linked and deleted."""

import os
import pathlib
import time
from datetime import timedelta

import wandb
from conftest import draft, log, refused, rest, write
from promises import promise, properties_of

FILES = {
    "weights.bin": os.urandom(100_000),
    "conf/params.json": '{"layers": 3}',
    "empty": b"",
    "space and ü/100 %2F#?.txt": "odd names",
}


def now(place, collection="source", version="latest"):
    """The version as the server shows it now: a session remembers."""
    return place.acme.alice.api().artifact(place.at(collection, version))


def same(path, content):
    return pathlib.Path(path).read_bytes() == (content if isinstance(content, bytes) else content.encode())


# Reading


@promise("Artifact", "Api.artifact")
def test_every_property_of_a_version_can_be_read(place):
    place.given_version(
        "source", files={"x": "12345"}, aliases=["best"], tags=["small"], metadata={"a": {"b": 1}}, description="ünï"
    )
    found = now(place, version="best")
    values = {name: getattr(found, name) for name in properties_of(type(found))}
    assert (values["name"], values["version"], values["type"], values["state"]) == ("source:best", "v0", "model", "COMMITTED")
    assert (values["entity"], values["project"], values["collection"].name) == (place.entity, place.name, "source")
    assert (values["qualified_name"], values["source_qualified_name"]) == (place.at("source", "best"), place.at("source", "v0"))
    assert (sorted(values["aliases"]), values["tags"]) == (["best", "latest"], ["small"])
    assert (values["metadata"], values["description"]) == ({"a": {"b": 1}}, "ünï")
    assert (values["size"], values["file_count"], values["ttl"], values["is_link"]) == (5, 1, None, False)
    assert values["digest"] and values["commit_hash"] and values["created_at"] and values["updated_at"] and values["id"]
    assert values["linked_artifacts"] == [] and list(values["manifest"].entries) == ["x"]
    assert values["source_artifact"].id == values["id"] and place.name in values["url"]


@promise("Api.artifact", "Api.artifact_exists")
def test_a_version_is_found_by_number_by_alias_and_as_the_latest(place, api):
    place.given_version("source", aliases=["stable"])
    place.given_version("source")
    for version, number in [("v0", "v0"), ("stable", "v0"), ("v1", "v1"), ("latest", "v1")]:
        assert api.artifact(place.at("source", version)).version == number
    assert api.artifact(f"{place.path}/source", type="model").version == "v1"
    for missing in [place.at("source", "v7"), place.at("source", "none"), place.at("none"), f"{place.entity}/none/x:v0"]:
        assert not api.artifact_exists(missing), missing
        with refused(saying="not found"):
            api.artifact(missing)
    assert not place.acme.otto.api().artifact_exists(place.at("source", "v0"))
    with refused(saying="type"):
        api.artifact(place.at("source"), type="dataset")


# Logging


@promise("wandb.Run.log_artifact", "Artifact.add_file", "Artifact.add_reference", "Artifact.wait", "Artifact.is_draft", "Artifact.logged_by", "Artifact.finalize")
def test_a_version_holds_what_was_logged(place):
    made = draft("source", FILES, metadata={"accuracy": 0.9}, description="the first")
    made.add_reference("https://example.com/data.csv", name="data.csv", checksum=False)
    assert made.is_draft()
    logged = log(place, made, aliases=["candidate"], tags=["fast"])
    assert (logged.name, logged.version, logged.is_draft(), logged.file_count) == ("source:v0", "v0", False, 5)
    assert (sorted(logged.aliases), logged.tags) == (["candidate", "latest"], ["fast"])
    found = now(place)
    assert (found.metadata, found.description, found.id) == ({"accuracy": 0.9}, "the first", logged.id)
    assert found.logged_by().project == place.name and found.used_by() == []
    assert found.get_entry("data.csv").ref_target() == "https://example.com/data.csv"


@promise("wandb.Run.log_artifact")
def test_the_same_content_is_the_same_version_with_the_new_aliases_and_tags_too(place):
    first = log(place, draft("source", {"x": "1"}), aliases=["first"])
    again = log(place, draft("source", {"x": "1"}), aliases=["again"], tags=["late"])
    assert (again.id, again.version, again.tags) == (first.id, "v0", ["late"])
    assert sorted(again.aliases) == ["again", "first", "latest"]
    assert log(place, draft("source", {"x": "2"})).version == "v1"


@promise("Artifact.add", "Artifact.add_dir", "Artifact.new_file", "Artifact.get", "Artifact.get_added_local_path_name", "Artifact.remove", "Artifact.get_path")
def test_a_draft_is_put_together_from_files_folders_and_tables(place):
    write("folder/a.txt", "a")
    write("folder/deep/b.txt", "b")
    made = wandb.Artifact("bundle", type="dataset")
    made.add_dir("folder", name="folder")
    made.add(wandb.Table(columns=["x"], data=[[1], [2]]), "table")
    with made.new_file("notes.txt") as file:
        file.write("notes")
    assert made.get_added_local_path_name(os.path.abspath("folder/a.txt")) in (None, "folder/a.txt")
    made.remove("folder/a.txt")
    log(place, made)
    found = now(place, "bundle")
    assert sorted(found.manifest.entries) == ["folder/deep/b.txt", "notes.txt", "table.table.json"]
    assert found.get("table").data == [[1], [2]]
    assert same(found.get_path("notes.txt").download(), "notes")


@promise("Artifact.save", "Artifact.new_draft", "Artifact.remove")
def test_a_new_version_is_made_of_an_old_one(place):
    log(place, draft("source", {"keep": "1", "drop": "2"}, metadata={"a": 1}))
    changed = now(place).new_draft()
    changed.metadata["b"] = 2
    changed.remove("drop")
    changed = log(place, changed)
    assert (changed.version, changed.metadata, list(changed.manifest.entries)) == ("v1", {"a": 1, "b": 2}, ["keep"])
    loose = draft("loose", {"x": "1"})
    loose.save(project=place.name)
    assert loose.wait().version == "v0"


@promise("wandb.Run.log_artifact")
def test_what_is_wrong_with_a_draft_reaches_the_user(place):
    place.given_version("source")
    with wandb.init(entity=place.entity, project=place.name) as run:
        with refused(ValueError, saying="already exists with type"):
            run.log_artifact(draft("source", {"x": "y"}, type="dataset")).wait()
        with refused(ValueError, saying="eu-nowhere-1"):
            run.log_artifact(draft("source", {"x": "y"}, storage_region="eu-nowhere-1")).wait()


# Bytes


@promise("Artifact.download", "Artifact.verify", "Artifact.checkout", "Artifact.files", "Artifact.file", "Artifact.get_entry", "File.download", "File")
def test_the_bytes_come_back_by_every_way(place):
    log(place, draft("source", FILES))
    found = now(place)
    folder = found.download(root="whole", skip_cache=True)
    assert all(same(pathlib.Path(folder, name), content) for name, content in FILES.items())
    assert found.verify("whole") is None
    write("whole/weights.bin", "damaged")
    with refused(ValueError, saying="weights.bin"):
        found.verify("whole")
    write("checked-out/more.txt", "is removed")
    assert sorted(os.listdir(found.checkout("checked-out"))) == sorted({name.split("/")[0] for name in FILES})
    assert {each.name: each.size for each in found.files(per_page=2)} == {name: len(content) if isinstance(content, bytes) else len(content.encode()) for name, content in FILES.items()}
    [only] = found.files(names=["conf/params.json"])
    with only.download(root=os.path.abspath("by-file"), replace=True) as file:
        assert file.read() == FILES["conf/params.json"]
    for name, content in FILES.items():
        assert same(now(place).get_entry(name).download(root="entry", skip_cache=True), content), name
    log(place, draft("single", {"x.txt": "1"}))
    assert same(now(place, "single").file(root="single"), "1")


# Editing


@promise("Artifact.save")
def test_aliases_are_added_removed_and_moved(place):
    for aliases in [["old"], []]:
        place.given_version("source", aliases=aliases)
    first, second = now(place, version="v0"), now(place, version="v1")
    first.aliases.append("production")
    first.save()
    assert sorted(now(place, version="v0").aliases) == ["old", "production"]
    second.aliases.append("production")
    second.save()
    assert now(place, version="v0").aliases == ["old"]
    assert sorted(now(place, version="production").aliases) == ["latest", "production"]
    first = now(place, version="v0")
    first.aliases = ["older", "oldest"]
    first.save()
    assert sorted(now(place, version="v0").aliases) == ["older", "oldest"]


@promise("Artifact.save")
def test_tags_metadata_description_and_time_to_live_are_kept(place):
    place.given_version("source")
    found = now(place)
    found.tags.extend(["alpha", "beta gamma"])
    found.metadata.update({"accuracy": 0.5, "deep": [1, {"x": None}]})
    found.description, found.ttl = "now with words", timedelta(days=2)
    found.save()
    found = now(place)
    assert (sorted(found.tags), found.description, found.ttl) == (["alpha", "beta gamma"], "now with words", timedelta(days=2))
    assert found.metadata == {"accuracy": 0.5, "deep": [1, {"x": None}]}
    found.tags.remove("alpha")
    del found.metadata["deep"]
    found.save()
    assert (now(place).tags, now(place).metadata) == (["beta gamma"], {"accuracy": 0.5})
    as_vera = place.acme.vera.api().artifact(place.at("source"))
    as_vera.description = "mine"
    with refused(saying="member"):
        as_vera.save()


@promise("Artifact.save", "wandb.Run.log_artifact", "Api.artifact_exists")
def test_a_version_is_gone_when_its_time_to_live_has_run_out(place, api):
    made = draft("source", {"x": "1"})
    made.ttl = timedelta(seconds=1)
    assert log(place, made).ttl == timedelta(seconds=1)
    kept = draft("source", {"x": "2"})
    kept.ttl = timedelta(seconds=1)
    log(place, kept, aliases=["production"])
    deadline = time.monotonic() + 60
    while api.artifact_exists(place.at("source", "v0")):
        assert time.monotonic() < deadline, "the version has not gone"
        time.sleep(0.5)
    assert [found.version for found in place.acme.alice.api().artifacts("model", f"{place.path}/source")] == ["v1"]
    released = now(place, version="production")
    released.aliases = []
    released.ttl = None
    released.save()
    assert log(place, draft("source", {"x": "3"})).version == "v2"
    assert (now(place, version="v1").ttl, now(place, version="v1").aliases) == (None, [])


@promise("Artifact.save")
def test_a_version_inherits_the_time_to_live_of_its_collection_and_team(place):
    place.given_version("source")
    assert now(place).ttl is None
    path = f"/projects/{place.path}/collections/source"
    rest("PATCH", path, {"timeToLive": 86400}, key=place.acme.alice.key)
    assert now(place).ttl == timedelta(days=1)
    found = now(place)
    found.ttl = timedelta(days=3)
    found.save()
    assert now(place).ttl == timedelta(days=3)
    found.ttl = wandb.ArtifactTTL.INHERIT
    found.save()
    assert now(place).ttl == timedelta(days=1)
    rest("PATCH", path, {"timeToLive": "inherit"}, key=place.acme.alice.key)
    assert now(place).ttl is None


@promise("Artifact.delete")
def test_a_version_is_deleted_with_its_aliases_or_not_at_all_and_its_number_is_not_given_again(place, api):
    place.given_version("source", aliases=["kept"])
    with refused(saying="alias"):
        now(place).delete()
    now(place).delete(delete_aliases=True)
    assert not api.artifact_exists(place.at("source", "v0")) and not api.artifact_exists(place.at("source", "kept"))
    assert place.given_version("source")["version"] == "v1"


# Linking


@promise("Artifact.link")
def test_a_version_keeps_its_tags_when_it_is_linked_and_has_a_number_of_its_own(place):
    place.given_version("source", tags=["fast"])
    place.given_version("source", tags=["slow"])
    linked = now(place, version="v1").link(f"{place.path}/shelf", aliases=["production"])
    assert (linked.name, linked.tags, linked.is_link, linked.source_name) == ("shelf:v0", ["slow"], True, "source:v1")
    assert sorted(linked.aliases) == ["latest", "production"] and getattr(linked, "linked_at", True)
    older = now(place, version="v0").link(f"{place.path}/shelf")
    assert (older.version, older.aliases) == ("v1", ["latest"])
    again = now(place, version="v0").link(f"{place.path}/shelf", aliases=["production"])
    assert again.version == "v1" and now(place, "shelf", "v0").aliases == []
    assert now(place, "source", "v1").aliases == ["latest"]
    assert [each.qualified_name for each in now(place, version="v0").linked_artifacts] == [place.at("shelf", "v1")]


@promise("Artifact.link")
def test_a_link_that_cannot_be_is_refused_in_words(place):
    place.given_version("source")
    place.given_version("table", type="dataset")
    now(place).link(f"{place.path}/shelf")
    with refused(saying="type"):
        now(place, "table").link(f"{place.path}/shelf")
    with refused(saying="member"):
        place.acme.vera.api().artifact(place.at("source")).link(f"{place.path}/shelf")
    with refused(saying="not found"):
        now(place).link("wandb-registry-nothing/shelf")


@promise("Artifact.unlink", "Artifact.delete", "Artifact.save")
def test_an_unlinked_version_is_taken_from_the_shelf_alone(place, api):
    place.given_version("source")
    linked = now(place).link(f"{place.path}/shelf")
    linked.aliases.append("blessed")
    linked.metadata["by"] = "link"
    linked.save()
    assert (now(place).metadata, sorted(now(place, "shelf").aliases)) == ({"by": "link"}, ["blessed", "latest"])
    now(place, "shelf").unlink()
    assert not api.artifact_exists(place.at("shelf", "v0")) and api.artifact_exists(place.at("source", "v0"))
    with refused(ValueError, saying="source"):
        now(place).unlink()
    again = now(place).link(f"{place.path}/shelf")
    assert again.version == "v1"
    again.delete(delete_aliases=True)
    assert api.artifact_exists(place.at("source", "v0")) and not api.artifact_exists(place.at("shelf", "v1"))
