"""Automations on runs, and messages in Slack: what a run logs and what becomes of it fires them, once."""

import pathlib
import re
import uuid

import pytest
import wandb
from conftest import rest
from promises import promise
from receiving import Receiver
from wandb import automations as wa
from wandb.automations import RunEvent

DOCS = pathlib.Path(__file__).parents[2] / "docs"


@pytest.fixture
def receiver():
    with Receiver() as made:
        yield made


@pytest.fixture
def team(acme):
    """A team of this test's own with a project, whose admin is Alice."""
    name = acme.new_team(f"team-{uuid.uuid4().hex[:8]}", alice="admin")
    rest("POST", f"/projects/{name}", {"name": "trials"}, key=acme.alice.key)
    return name


@pytest.fixture
def hook(acme, team, receiver, api):
    rest("POST", f"/entities/{team}/webhooks", {"name": "hook", "url": receiver.url}, key=acme.alice.key)
    return next(iter(api.webhook_integrations(entity=team)))


def given_slack(acme, team, url, **more):
    place = {"workspace": "Acme", "channel": "#ml-alerts"}
    body = {"name": "slack", "url": url, "target": "slack", "slack": place, **more}
    rest("POST", f"/entities/{team}/webhooks", body, key=acme.alice.key)


def run_with(team, *losses, name="watched closely"):
    """A run that logs these losses and ends well."""
    with wandb.init(entity=team, project="trials", name=name, settings=wandb.Settings(console="off")) as run:
        for loss in losses:
            run.log({"loss": loss})


@promise("OnRunMetric", "OnRunState")
@promise("Api.create_automation", "Api.automation", notes="OnRunMetric, OnRunState")
def test_a_run_fires_every_automation_whose_condition_it_meets_once(team, api, receiver, hook):
    project = api.project("trials", entity=team)
    loss = RunEvent.metric("loss")
    named = RunEvent.name.contains("watched")
    events = {
        "average": wa.OnRunMetric(scope=project, filter=loss.mean(5) > 3),
        "value": wa.OnRunMetric(scope=project, filter=(loss >= 9) & named),
        "other runs": wa.OnRunMetric(scope=project, filter=(loss >= 9) & RunEvent.name.eq("another")),
        "increase": wa.OnRunMetric(scope=project, filter=loss.avg(2).increases_by(diff=5)),
        "relative": wa.OnRunMetric(scope=project, filter=loss.changes_by(frac=0.5)),
        "z-score": wa.OnRunMetric(scope=project, filter=loss.zscore(5) > 2),
        "started": wa.OnRunState(scope=project, filter=RunEvent.state == "running"),
        "ended": wa.OnRunState(scope=project, filter=RunEvent.state.in_(["finished", "failed"]) & named),
    }
    for name, event in events.items():
        payload = {"name": name, "run": "${run_name}", "saw": "${metric_condition}${run_state}"}
        made = api.create_automation(event >> wa.SendWebhook.from_integration(hook, payload=payload), name=name)
        assert made.event.filter == event.filter, name
        assert api.automation(name=name, entity=team) == made

    run_with(team, 1, 1, 2, 1, 2, 1, 2, 9, 9, 9)
    fired = receiver.wait_for(len(events) - 1)
    assert {each["name"]: each["saw"] for each in fired} == {
        "average": "average of the last 5 of loss > 3running",
        "value": "loss >= 9running",
        "increase": "average of the last 2 of loss increases by at least 5 from the 2 beforerunning",
        "relative": "loss changes by at least 50 % from the value beforerunning",
        "z-score": "z-score of loss among the 5 values before >= 2running",
        "started": "running",
        "ended": "finished",
    }
    assert len(fired) == len(events) - 1
    assert {each["run"] for each in fired} == {"watched closely"}


@promise("Api.create_automation", notes="OnRunMetric, OnRunState in a whole team or organization")
def test_a_run_is_in_the_scope_of_its_team_and_organization(acme, team, api):
    scopes = {"team": api.team(team), "organization": api.organization(acme.org_name)}
    loss = RunEvent.metric("loss")
    made = {
        name: api.create_automation(
            wa.OnRunMetric(scope=scope, filter=loss.max(2) >= 5) >> wa.DoNothing(), name=f"{name} {team}"
        )
        for name, scope in scopes.items()
    }
    run_with(team, 1, 5, 1)
    for name, entity in {"team": team, "organization": acme.org}.items():
        [found] = rest("GET", f"/entities/{entity}/automations?limit=200").body["items"][-1:]
        assert found["name"] == made[name].name
        executions = rest("GET", f"/automations/{found['id']}/executions").body["items"]
        assert [each["subject"]["project"] for each in executions] == ["trials"], name
    api.delete_automation(made["organization"])


@promise("Api.update_automation", notes="OnRunMetric, OnRunState, SendNotification")
def test_a_change_keeps_what_it_was_not_told_to_change(acme, team, api, receiver, hook):
    given_slack(acme, team, receiver.url)
    project = api.project("trials", entity=team)
    [slack] = api.slack_integrations(entity=team)
    loss = RunEvent.metric("loss")
    made = api.create_automation(
        wa.OnRunMetric(scope=project, filter=loss.decreases_by(frac=0.1) & RunEvent.name.contains("x"))
        >> wa.SendNotification.from_integration(slack, title="T", text="M", level="WARN"),
        name="changing",
    )
    made.description = "told once"
    changed = api.update_automation(made)
    assert (changed.description, changed.event, changed.action) == ("told once", made.event, made.action)
    changed.action.severity = "ERROR"
    louder = api.update_automation(changed)
    assert (louder.action.title, louder.action.message, louder.action.severity.value) == ("T", "M", "ERROR")
    other = wa.OnRunState(scope=project, filter=RunEvent.state == "failed")
    moved = api.update_automation(louder, event=other)
    assert (moved.event.filter, moved.action) == (other.filter, louder.action)
    assert api.automation(name="changing", entity=team) == moved


@promise("Api.slack_integrations", "Api.integrations", "SlackIntegration", notes="made by REST: docs/notifications.md")
def test_slack_integrations_are_listed_with_their_channel(acme, team, api, receiver, hook):
    given_slack(acme, team, receiver.url)
    [slack] = api.slack_integrations(entity=team)
    assert (slack.team_name, slack.channel_name) == ("Acme", "#ml-alerts")
    assert {each.id for each in api.integrations(entity=team)} == {slack.id, hook.id}
    assert [each.id for each in api.webhook_integrations(entity=team)] == [hook.id]


@promise("SendNotification")
@promise("Api.create_automation", notes="SendNotification")
def test_a_notification_reads_back_and_reaches_slack(acme, team, api, receiver):
    given_slack(acme, team, receiver.url)
    project = api.project("trials", entity=team)
    [slack] = api.slack_integrations(entity=team)
    event = wa.OnRunState(scope=project, filter=RunEvent.state == "finished")
    plain = api.create_automation(event >> wa.SendNotification.from_integration(slack), name="plain", enabled=False)
    assert (plain.action.title, plain.action.message, plain.action.severity.value) == ("", "", "INFO")
    told = api.create_automation(
        event
        >> wa.SendNotification.from_integration(slack, title="${run_name} ended", text="See for yourself", level="WARN"),
        name="told",
    )
    action = told.action
    assert (action.title, action.message, action.severity.value) == ("${run_name} ended", "See for yourself", "WARN")
    assert action.integration.id == slack.id
    assert api.automation(name="told", entity=team) == told

    run_with(team, 1)
    [message] = receiver.wait_for(1)
    assert message["channel"] == "#ml-alerts"
    assert message["text"] == ":warning: watched closely ended\nSee for yourself"


@promise("Api.create_automation", notes="the examples of docs/run-events.md and docs/notifications.md")
def test_the_examples_of_the_guides_run(acme, team, api, receiver, hook):
    given_slack(acme, team, receiver.url)
    names = []
    for guide in ["run-events.md", "notifications.md"]:
        for example in re.findall(r"^```python\n(.*?)^```$", (DOCS / guide).read_text(), re.S | re.M):
            exec(example.replace('"acme"', f'"{team}"').replace('"churn"', '"trials"'), {})
            names += re.findall(r'name="([^"]+)"', example)
    assert sorted(each.name for each in api.automations(entity=team)) == sorted(names)
    assert len(names) == 3


@promise("wandb.Run.alert", notes="to Slack or any webhook by an automation on `RUN_ALERT`, made by REST")
def test_alerts_reach_the_channel_of_the_team_as_often_as_the_script_wants(acme, team, api, receiver):
    given_slack(acme, team, receiver.url)
    automation = {"name": "alerts of runs", "event": "RUN_ALERT", "scope": {"type": "entity"}}
    action = {"type": "notification", "webhook": "slack"}
    rest("POST", f"/entities/{team}/automations", {**automation, "action": action}, key=acme.alice.key)
    with wandb.init(entity=team, project="trials", settings=wandb.Settings(console="off")) as run:
        run.alert(title="low accuracy", text="0.1", level=wandb.AlertLevel.WARN, wait_duration=300)
        run.alert(title="low accuracy", text="0.2", level=wandb.AlertLevel.WARN, wait_duration=300)
        run.alert(title="no more data", text="stopped", level="ERROR")
    told = receiver.wait_for(2)
    assert sorted(each["text"] for each in told) == [
        ":rotating_light: no more data\nstopped",
        ":warning: low accuracy\n0.1",
    ]
    # No client has a word for this event: none of its lists breaks on it.
    assert list(api.automations(entity=team)) == []
