"""The client's own command line: `wandb artifact …`, and what brings runs here."""

import functools
import json
import os
import pathlib
import select
import subprocess
import sys

import wandb
from conftest import write
from promises import promise

TIMEOUT_S = 60


def wandb_artifact(*words, **options):
    return command("artifact", *words, **options)


@functools.cache
def forks():
    """The process that runs commands; it ends with this one, with which its input does."""
    program = [sys.executable, str(pathlib.Path(__file__).with_name("forks.py"))]
    return subprocess.Popen(program, env=own_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def own_environment():
    # Without the process that this one's client shares with what it starts: that stays in the folder it was started in.
    return {name: value for name, value in os.environ.items() if name != "WANDB_SERVICE"}


def command(*words, person=None, fails=False, **env):
    """Runs the command as a user does, in the working directory; all that it printed."""
    about = {"WANDB_API_KEY": person.key, "WANDB_ENTITY": person.entity} if person else {}
    environment = {**own_environment(), "WANDB_SILENT": "false", **about, **env}
    output = pathlib.Path("printed.txt").absolute()
    asked = {"words": words, "env": environment, "cwd": os.getcwd(), "output": str(output)}
    print(json.dumps(asked), file=forks().stdin, flush=True)
    answered, _, _ = select.select([forks().stdout], [], [], TIMEOUT_S)
    printed = output.read_text() if output.exists() else ""
    assert answered, f"wandb {' '.join(words)}: not ended after {TIMEOUT_S} s\n{printed}"
    returned = int(forks().stdout.readline())
    assert (returned != 0) == fails, f"wandb {' '.join(words)}: {returned}\n{printed}"
    return printed


def latest(place, collection):
    return place.acme.alice.api().artifact(place.at(collection))


@promise("wandb artifact put", "wandb artifact get")
def test_a_folder_a_file_and_a_reference_are_put_and_got(place):
    write("data/a.txt", "a")
    write("data/deep/b.txt", "b")
    printed = wandb_artifact("put", "--name", f"{place.path}/data", "--description", "a folder", "data")
    assert f'run.use_artifact("{place.path}/data:v0")' in printed
    found = latest(place, "data")
    assert (found.type, found.version, found.description, found.aliases) == ("dataset", "v0", "a folder", ["latest"])
    assert sorted(found.manifest.entries) == ["a.txt", "deep/b.txt"] and found.logged_by().job_type == "cli_put"

    write("model.pt", "weights")
    put = ("put", "--type", "model", "--name", f"{place.path}/weights")
    wandb_artifact(*put, "--skip_cache", "--policy", "immutable", "-a", "latest", "-a", "v2.0", "model.pt")
    assert sorted(latest(place, "weights").aliases) == ["latest", "v2.0"]
    wandb_artifact("put", "--name", f"{place.path}/elsewhere", f"file://{os.path.abspath('model.pt')}")
    assert latest(place, "elsewhere").get_entry("model.pt").ref.startswith("file://")

    wandb_artifact("get", "--root", "got", f"{place.path}/data")
    assert pathlib.Path("got/deep/b.txt").read_text() == "b"
    printed = wandb_artifact("get", "--type", "model", "--root", "got", place.at("weights", "v0"))
    assert pathlib.Path("got/model.pt").read_text() == "weights" and "Artifact downloaded to" in printed
    assert "not found" in wandb_artifact("get", place.at("weights", "v7"), fails=True)
    assert "of type 'model'" in wandb_artifact("get", "--type", "dataset", place.at("weights"), fails=True)


@promise("wandb artifact put", "wandb artifact get")
def test_what_one_may_not_do_is_said(place, acme):
    place.given_version("data")
    write("x.txt", "x")
    printed = wandb_artifact("put", "-n", f"{place.path}/data", "-t", "model", "x.txt", person=acme.vera, fails=True)
    assert "member" in printed
    assert "not found" in wandb_artifact("get", place.at("data"), person=acme.otto, fails=True)
    printed = wandb_artifact("put", "-n", f"{place.path}/data", "-t", "dataset", "x.txt", fails=True)
    assert "already exists with type" in printed


@promise("wandb artifact get")
def test_a_linked_version_is_got_from_a_registry(place, api, acme):
    registry = api.create_registry(organization=acme.org_name, name=f"shelf-{place.name}", visibility="organization")
    place.given_version("data", files={"x.txt": "linked"})
    api.artifact(place.at("data")).link(f"{acme.org}/wandb-registry-{registry.name}/best", aliases=["good"])
    path = f"wandb-registry-{registry.name}/best:good"
    for number, name in enumerate([path, f"{acme.org}/{path}"]):
        wandb_artifact("get", "--root", f"got{number}", name)
        assert pathlib.Path(f"got{number}/x.txt").read_text() == "linked"


@promise("wandb artifact ls")
def test_a_project_is_listed_with_the_newest_version_of_each_collection(place):
    place.given_version("model-a", files={"x": "1234"})
    place.given_version("model-a", files={"x": "12345"})
    place.given_version("data-b", type="dataset", files={"x": "1"})
    printed = wandb_artifact("ls", place.path)
    assert "model-a:v1" in printed and "data-b:v0" in printed and "5.0B" in printed
    assert "data-b" not in wandb_artifact("ls", "--type", "model", place.path)
    latest(place, "data-b").delete(delete_aliases=True)
    assert "(no versions)" in wandb_artifact("ls", "--type", "dataset", place.path)
    assert "Could not find" in wandb_artifact("ls", "--type", "nothing", place.path, fails=True)


@promise("wandb artifact cache cleanup")
def test_the_cache_is_emptied_and_versions_are_still_there(place):
    place.given_version("data", files={"x.txt": "x" * 1_000})
    wandb_artifact("get", "--root", "one", place.at("data"), WANDB_CACHE_DIR=os.path.abspath("cache"))
    printed = wandb_artifact("cache", "cleanup", "0", WANDB_CACHE_DIR=os.path.abspath("cache"))
    assert "Reclaimed 1000.0B" in printed
    wandb_artifact("get", "--root", "two", place.at("data"), WANDB_CACHE_DIR=os.path.abspath("cache"))
    assert pathlib.Path("two/x.txt").read_text() == "x" * 1_000


@promise("wandb login", "wandb init", "wandb pull", "wandb restore")
def test_who_logs_in_by_a_command_gets_the_files_of_a_run(place, acme):
    with wandb.init(entity=place.entity, project=place.name, config={"lr": 0.5}) as run:
        run.save(write("notes/readme.md", "# notes"), base_path="notes")
    home = {"HOME": os.path.abspath("home"), "WANDB_API_KEY": ""}
    login = ("login", "--relogin", "--verify", "--host", os.environ["WANDB_BASE_URL"])
    assert "does not know the API key" in command(*login, "0" * 40, fails=True, **home)
    assert acme.alice.username in command(*login, acme.alice.key, **home)
    command("init", "--project", place.name, "--entity", place.entity, **home)
    command("pull", "--project", place.name, "--entity", place.entity, run.id, **home)
    assert pathlib.Path("readme.md").read_text() == "# notes"
    command("restore", "--no-git", f"{place.path}/{run.id}", **home)
    assert "0.5" in pathlib.Path("wandb/config.yaml").read_text()


@promise("wandb sync", "wandb.Run.log_artifact", "Artifact.logged_by", notes="offline too, and then `wandb sync`")
def test_what_a_run_logged_offline_is_brought_here_by_wandb_sync(place, api):
    with wandb.init(entity=place.entity, project=place.name, mode="offline", config={"lr": 0.5}) as run:
        folder = pathlib.Path(run.dir).parent
        artifact = wandb.Artifact("offline", "model")
        artifact.add_file(write("w.bin", "weights"))
        run.log_artifact(artifact, aliases=["best"])
    command("sync", str(folder))
    version = api.artifact(place.at("offline", "best"))
    assert (version.version, version.logged_by().id, version.logged_by().config["lr"]) == ("v0", run.id, 0.5)
    assert pathlib.Path(version.file(root="got")).read_text() == "weights"
