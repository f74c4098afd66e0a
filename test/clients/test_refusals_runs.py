"""What cannot be is refused at once, in words that say what is wrong: by runs, which log, use and link."""

import os
import time
import uuid
from datetime import timedelta

import pytest
import wandb
from conftest import VERSION, Person, draft, refused, rest, write
from promises import promise

LONG = "x" * 200


def started(place, key=None, **options):
    """A run of whose key this is, or Alice's: the client goes on with the key it had last unless it is told."""
    settings = wandb.Settings(api_key=key or place.acme.alice.key)
    return wandb.init(**{"entity": place.entity, "project": place.name, "settings": settings, **options})


def now(place, collection="source", person=None):
    return (person or place.acme.alice).api().artifact(place.at(collection))


@pytest.fixture
def run(place):
    with started(place) as made:
        yield made


# Beginning


@promise("wandb.Run", notes="not `fork_from` and `resume_from`, which are refused")
def test_a_run_that_cannot_be_is_refused_before_it_begins(acme, place, api):
    api.create_registry("shelf", "organization", acme.org_name)
    with started(place) as done:
        done.log({"loss": 1})
    for said, options in [
        ("does not know the API key", {"key": "f" * 40}),
        ('Entity "nobody-at-all" not found', {"entity": "nobody-at-all"}),
        (f'Entity "{acme.otto.username}" not found', {"entity": acme.otto.username}),
        ('needs the role "member"', {"key": acme.vera.key}),
        (f'Entity "{acme.team}" not found', {"key": acme.mallory.key}),
        ("is a registry", {"entity": acme.org, "project": "wandb-registry-shelf"}),
        ('wandb-registry-none" not found', {"project": "wandb-registry-none"}),
        ('".." cannot be the name of a project', {"project": ".."}),
        ("A run id is 1 to 128 characters", {"id": ".."}),
        ("A run id is 1 to 128 characters", {"id": "a%b"}),
        ("A run id is 1 to 128 characters", {"id": LONG}),
        ("at most 100 tags", {"tags": [f"t{number}" for number in range(101)]}),
        ("512 is the most", {"name": "x" * 600}),
        ("65536 is the most", {"notes": "x" * 70_000}),
        ("10485760 is the most", {"config": {"x": "y" * 11_000_000}}),
        ("16777216 bytes", {"config": {"x": "y" * 17_000_000}}),
        ("has not been initialized", {"id": uuid.uuid4().hex[:8], "resume": "must"}),
        ("already exists", {"id": done.id, "resume": "never"}),
        ("Runs are not forked here", {"fork_from": f"{done.id}?_step=0"}),
    ]:
        with refused(saying=said):
            started(place, **options).finish()
    assert [each.id for each in acme.alice.api().runs(place.path)] == [done.id]
    # The client does not go back in a run that it had itself in this process.
    api.create_run(run_id="made-before", project=place.name, entity=place.entity)
    with refused(saying="Runs are not rewound here"):
        started(place, resume_from="made-before?_step=0").finish()


@promise("Api.create_run", "Run.update", "Run.update_state", "Run.use_artifact", "Run.log_artifact")
def test_a_run_is_not_made_or_changed_by_who_may_not(acme, place, api):
    place.given_version("source")
    api.create_run(run_id="by-hand", project=place.name, entity=place.entity)
    as_vera, version = acme.vera.api().run(f"{place.path}/by-hand"), now(place)

    def creating(run_id="new", project=place.name, entity=place.entity, person=acme.alice):
        return lambda: person.api().create_run(run_id=run_id, project=project, entity=entity)

    def tagging(tags):
        found = acme.alice.api().run(f"{place.path}/by-hand")
        found.tags = tags
        return found.update

    for said, attempt in [
        ("A run id is 1 to 128 characters", creating("a/b")),
        ('Entity "nobody-at-all" not found', creating(entity="nobody-at-all")),
        ('wandb-registry-none" not found', creating(project="wandb-registry-none")),
        ('needs the role "member"', creating(person=acme.vera)),
        ("not found", creating(person=acme.otto)),
        ("at most 128 characters", tagging([LONG])),
        ("at most 100 tags", tagging([f"t{number}" for number in range(101)])),
        ('Run "by-hand": this needs the role "member"', lambda: as_vera.update_state("finished")),
    ]:
        with refused(saying=said):
            attempt()
    # Older clients call with the key of the process, whosever the run is.
    for call in [as_vera.use_artifact, as_vera.log_artifact] if VERSION >= (0, 30) else []:
        with refused(saying='needs the role "member"'):
            call(version)
    assert [each.id for each in acme.alice.api().runs(place.path)] == ["by-hand"]


# Logging


@promise("wandb.Run.log_artifact", "Artifact.wait")
def test_a_draft_that_cannot_be_logged_makes_no_version(place, run):
    place.given_version("source")
    now(place).link(f"{place.path}/shelf")

    def logging(name="new", files=None, ttl=None, type="model", **options):
        about = {key: options.pop(key) for key in ["description", "metadata"] if key in options}
        made = draft(name, files or {"x": uuid.uuid4().hex}, type=type, **about)
        if ttl is not None:
            made.ttl = ttl
        return lambda: run.log_artifact(made, **options).wait(timeout=20)

    for said, attempt in [
        ("is a collection of links", logging("shelf")),
        ("cannot be the name of a collection", logging("..")),
        ("must not contain", logging(type="a/b")),
        ("longer than 128", logging(type=LONG)),
        ("is a version number", logging(aliases=["v3"])),
        ("must not be empty", logging(aliases=[" "])),
        ("longer than 128", logging(aliases=[LONG])),
        ("At most 100 aliases", logging(aliases=[f"a{number}" for number in range(101)])),
        ("At most 100 tags", logging(tags=[f"t{number}" for number in range(101)])),
        ("at most 65536", logging(description="x" * 70_000)),
        ("1048576 bytes", logging(metadata={"x": "y" * 1_100_000})),
        ("number of seconds", logging(ttl=timedelta(days=400_000))),
        ("longer than 1024 bytes", logging(files={"/".join(["x" * 200] * 6): "deep"})),
    ]:
        with refused(ValueError, saying=said):
            attempt()
    # The digest was taken when the file was added; the client 0.29 takes it again.
    if VERSION != (0, 29):
        changed = wandb.Artifact("new", type="model")
        changed.add_file(os.path.abspath(write("changed.txt", "before")), policy="immutable")
        write("changed.txt", "after!")
        with refused(ValueError, saying="have failed"):
            run.log_artifact(changed).wait()
    assert not place.acme.alice.api().artifact_collection_exists(f"{place.path}/new", type="model")
    assert run.log_artifact(draft("new", {"x": "1"})).wait().version == "v0"


@promise("wandb.Run.use_artifact", "wandb.Run.use_model", "wandb.Run.link_artifact", "wandb.Run.log_artifact")
def test_what_is_not_there_is_neither_used_nor_linked_by_a_run(acme, place, run, api):
    for name, type in [("source", "model"), ("table", "dataset"), ("gone", "model")]:
        place.given_version(name, type=type)
    gone = now(place, "gone")
    now(place, "gone").delete(delete_aliases=True)
    shelf = api.create_registry(f"typed-{uuid.uuid4().hex[:8]}", "organization", acme.org_name, artifact_types=["model"]).full_name
    for said, attempt in [
        ("'source:v9' not found", lambda: run.use_artifact("source:v9")),
        ("not found", lambda: run.use_artifact("nobody-at-all/nothing/source:v0")),
        ("type 'dataset' specified", lambda: run.use_artifact("source:v0", type="dataset")),
        ("not found", lambda: run.use_model("none:latest")),
        ("not found", lambda: run.use_artifact(gone)),
        ("not found", lambda: run.link_artifact(gone, "shelf")),
        ("manifest", lambda: run.log_artifact(gone)),
        ('"table" is where runs log', lambda: run.link_artifact(now(place), "table")),
        ("wandb-registry-none\" not found", lambda: run.link_artifact(now(place), "wandb-registry-none/shelf")),
        ('does not take artifacts of type "dataset"', lambda: run.link_artifact(now(place, "table"), f"{shelf}/x")),
        ('does not take artifacts of type "dataset"', lambda: run.link_artifact(draft("more", {"x": "1"}, type="dataset"), f"{shelf}/x")),
    ]:
        with refused(saying=said):
            attempt()
    assert list(acme.alice.api().registry(shelf.removeprefix("wandb-registry-"), acme.org_name).collections()) == []


@promise("wandb.Run.log_artifact", "wandb.Run.finish")
def test_a_run_whose_user_may_no_more_is_told_so_and_ends(acme, place):
    other = Person(f"leaving-{uuid.uuid4().hex[:8]}")
    member = f"/teams/{acme.team}/members/{other.username}"
    rest("PUT", member, {"role": "member"})
    run = started(place, key=other.key)
    rest("PUT", member, {"role": "viewer"})
    with refused(ValueError, saying="this needs the role"):
        run.log_artifact(draft("new", {"x": "1"})).wait(timeout=20)
    [key] = rest("GET", f"/users/{other.username}/api-keys", key=other.key).body["items"]
    rest("DELETE", f"/users/{other.username}/api-keys/{key['id']}", key=other.key)
    with refused(saying="does not know the API key"):
        run.log_artifact(draft("new", {"x": "2"})).wait(timeout=20)
    run.log({"loss": 1})
    begun = time.monotonic()
    run.finish()
    assert time.monotonic() - begun < 15, "the client went on trying"
    assert not acme.alice.api().artifact_collection_exists(f"{place.path}/new", type="model")
