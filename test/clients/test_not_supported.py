"""What Tripline does not do: each is refused at once, and the client shows words that say so."""

import pytest
from conftest import refused, write
from promises import not_supported

RUN_QUEUES = "Run queues (Launch) are not supported here"
SWEEPS = "Sweeps are not supported here"
HISTORY = "Reading back the history of a run's metrics is not supported here"


@pytest.fixture
def run(place, api):
    return api.create_run(run_id="short", project=place.name, entity=place.entity)


@not_supported("Api.create_run_queue", "Api.upsert_run_queue", "Api.run_queue", shows=RUN_QUEUES)
def test_there_are_no_run_queues(place, api):
    with refused(saying=RUN_QUEUES):
        api.create_run_queue("gpus", "local-process", entity=place.entity)
    with refused(saying=RUN_QUEUES):
        api.upsert_run_queue("gpus", {}, "local-process", entity=place.entity)
    with refused(saying=RUN_QUEUES):
        api.run_queue(place.entity, "gpus").id


@not_supported("Api.queued_run", shows=RUN_QUEUES)
def test_there_are_no_queued_runs(place, api):
    queued = api.queued_run(place.entity, place.name, "gpus", "abc", project_queue=place.name)
    with refused(saying=RUN_QUEUES):
        queued.state


@not_supported("Api.job", "Api.list_jobs", shows="Job artifact … not found", notes="A list of jobs is empty.")
def test_there_are_no_jobs(place, api):
    place.given_version("source")
    assert api.list_jobs(place.entity, place.name) == []
    with refused(saying="not found"):
        api.job(place.at("source", "v0"))


@not_supported("Api.sweep", "Project.sweeps", shows=SWEEPS)
def test_there_are_no_sweeps(place, api):
    with refused(saying=SWEEPS):
        api.sweep(f"{place.path}/abc")
    with refused(saying=SWEEPS):
        list(api.project(place.name, place.entity).sweeps())


@not_supported("Api.reports", shows="Reports are not supported here")
def test_there_are_no_reports(place, api):
    with refused(saying="Reports are not supported here"):
        list(api.reports(place.path))


@not_supported("Api.create_custom_chart", shows="Custom charts are not supported here")
def test_there_are_no_custom_charts(place, api):
    with refused(saying="Custom charts are not supported here"):
        api.create_custom_chart(place.entity, "bars", "Bars", "vega2", "private", "{}")


@not_supported("Run.history", "Run.scan_history", "Run.beta_scan_history", "Runs.histories", shows=HISTORY)
def test_the_history_of_a_run_is_not_read_back(place, api, run):
    for read in [
        lambda: run.history(pandas=False),
        lambda: run.history(keys=["loss"], pandas=False),
        lambda: list(run.scan_history()),
        lambda: list(run.beta_scan_history()),
        lambda: api.runs(place.path).histories(format="default"),
    ]:
        with refused(saying="history of a run's metrics is not supported here"):
            read()


@not_supported("Run.download_history_exports", shows="Failed to download history")
def test_the_history_of_a_run_is_not_exported(run):
    with refused(saying="Failed to download history"):
        run.download_history_exports(".")


@not_supported("Run.console_logs", shows="Reading the console log is not supported here")
def test_the_console_log_is_a_file_of_the_run(run):
    with refused(saying="it is the file `output.log` of the run"):
        list(run.console_logs())


@not_supported("Run.delete", shows="Runs are not deleted here")
def test_runs_are_not_deleted(run):
    with refused(saying="Runs are not deleted here"):
        run.delete()


@not_supported("File.delete", shows="Files of runs are not deleted here")
def test_files_of_runs_are_not_deleted(place, run):
    run.upload_file(write("up/u.txt", "hi"), root="up")
    with refused(saying="Files of runs are not deleted here"):
        run.file("u.txt").delete()


@not_supported("Run.stop", shows="Runs are not stopped from outside here")
def test_runs_are_not_stopped(run):
    with refused(saying="Runs are not stopped from outside here"):
        run.stop()
