"""Seconds that the real client takes to log, download and list, as one line of JSON after `seconds `.

Arguments: a JSON object with `shapes` ([{name, count, bytes}]) and `list`, the collection to list, or null. Files are
made, the client imported and the run set up before the clock runs.
"""

import json
import os
import shutil
import sys
import tempfile
import time

import wandb

ENTITY, PROJECT = "vision", "churn"
SMALL_BYTES_MAX = 1024 * 1024


def make_files(shape, folder):
    """Files of random bytes, so that nothing can be taken for what is there already."""
    os.makedirs(folder)
    for at in range(shape["count"]):
        with open(os.path.join(folder, f"part-{at:05}.bin"), "wb") as file:
            left = shape["bytes"]
            while left > 0:
                chunk = os.urandom(min(left, 4 * 1024 * 1024))
                file.write(chunk)
                left -= len(chunk)


def log_seconds(run, shape, folder):
    started = time.perf_counter()
    artifact = wandb.Artifact(shape["name"], type="dataset")
    # Without a copy of each file in a staging folder, which the client makes of what may change under it.
    artifact.add_dir(folder, policy="immutable", skip_cache=True)
    run.log_artifact(artifact)
    artifact.wait()
    return time.perf_counter() - started


def download_seconds(shape, root):
    api = wandb.Api()
    started = time.perf_counter()
    artifact = api.artifact(f"{ENTITY}/{PROJECT}/{shape['name']}:latest")
    artifact.download(root=root, skip_cache=True)
    seconds = time.perf_counter() - started
    found = [os.path.getsize(os.path.join(root, name)) for name in os.listdir(root)]
    assert found == [shape["bytes"]] * shape["count"], f"{len(found)} files of {shape['count']} arrived whole"
    return seconds


def list_seconds(listed):
    """In all, and for each page of 50 of the first and of the last tenth."""
    api = wandb.Api()
    times = [time.perf_counter()]
    for _ in api.artifacts("dataset", f"{ENTITY}/{PROJECT}/{listed['name']}", per_page=50):
        times.append(time.perf_counter())
    count = len(times) - 1
    assert count == listed["versions"], f"{count} versions of {listed['versions']}"
    tenth = max(min(50, count), count // 10)
    pages = tenth / 50
    return {
        "list": times[-1] - times[0],
        "list first": (times[tenth] - times[0]) / pages,
        "list last": (times[-1] - times[-1 - tenth]) / pages,
    }


def main():
    task = json.loads(sys.argv[1])
    seconds = {}
    work = tempfile.mkdtemp()
    with wandb.init(entity=ENTITY, project=PROJECT) as run:
        for shape in task["shapes"]:
            folder, root = (os.path.join(work, f"{shape['name']}-{what}") for what in ("files", "root"))
            make_files(shape, folder)
            seconds[f"log {shape['name']}"] = log_seconds(run, shape, folder)
            # For want of room. Of small ones it is not: ext4 makes files several times slower for minutes after many
            # were deleted.
            if shape["bytes"] > SMALL_BYTES_MAX:
                shutil.rmtree(folder)
            seconds[f"download {shape['name']}"] = download_seconds(shape, root)
            if shape["bytes"] > SMALL_BYTES_MAX:
                shutil.rmtree(root)
    if task["list"] is not None:
        seconds.update(list_seconds(task["list"]))
    print("seconds " + json.dumps(seconds), flush=True)


main()
