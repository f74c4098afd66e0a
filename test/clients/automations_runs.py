"""Automations on runs with the client alone: every condition it can write, and a run that meets them.

The server was given, by REST, a team with a project, a webhook named after nothing in particular and a Slack
integration. Prints one JSON document with the names of the automations, in the order they were made.
"""

import json
import os

import wandb
from wandb import automations as wa
from wandb.automations import RunEvent

TEAM, PROJECT = os.environ["TEAM"], os.environ["PROJECT"]
api = wandb.Api()
project = api.project(PROJECT, entity=TEAM)
team = api.team(TEAM)
[hook] = api.webhook_integrations(entity=TEAM)

loss = RunEvent.metric("loss")
named = RunEvent.name.contains("watched")
events = {
    "average": wa.OnRunMetric(scope=project, filter=loss.mean(5) > 3),
    "value": wa.OnRunMetric(scope=project, filter=(loss >= 9) & named),
    "other runs": wa.OnRunMetric(scope=project, filter=(loss >= 9) & RunEvent.name.eq("another")),
    "increase": wa.OnRunMetric(scope=project, filter=loss.avg(2).increases_by(diff=5)),
    "relative": wa.OnRunMetric(scope=team, filter=loss.changes_by(frac=0.5)),
    "z-score": wa.OnRunMetric(scope=project, filter=loss.zscore(5) > 2),
    "started": wa.OnRunState(scope=project, filter=RunEvent.state == "running"),
    "ended": wa.OnRunState(scope=project, filter=RunEvent.state.in_(["finished", "failed"]) & named),
}

made = {}
for name, event in events.items():
    payload = {"name": name, "run": "${run_name}", "state": "${run_state}", "condition": "${metric_condition}"}
    action = wa.SendWebhook.from_integration(hook, payload=payload)
    made[name] = api.create_automation(event >> action, name=name, description=f"on {name}")

# What is read back is what was answered, and says what was written.
for name, automation in made.items():
    if not (wandb.__version__.startswith("0.28.") and name == "relative"):
        assert api.automation(name=name, entity=TEAM) == automation, name
    written, saved = events[name].filter, automation.event.filter
    assert saved == written, (name, saved, written)

# Slack, by the client's own classes.
[slack] = api.slack_integrations(entity=TEAM)
assert (slack.team_name, slack.channel_name) == ("Acme", "#ml-alerts"), slack
notify = wa.SendNotification.from_integration(slack, title="${run_name} ended", text="See for yourself", level="WARN")
made["slack"] = api.create_automation(events["ended"] >> notify, name="slack")
assert api.automation(name="slack", entity=TEAM) == made["slack"]
action = made["slack"].action
assert (action.title, action.message, action.severity.value) == ("${run_name} ended", "See for yourself", "WARN"), action
assert action.integration.id == slack.id
plain = api.create_automation(events["ended"] >> wa.SendNotification.from_integration(slack), name="plain", enabled=False)
assert (plain.action.title, plain.action.message, plain.action.severity.value) == ("", "", "INFO"), plain.action
assert {i.id for i in api.integrations(entity=TEAM)} == {slack.id, hook.id}

# Changing one keeps what it was not told to change.
louder = made["slack"]
louder.action.severity = "ERROR"
louder = api.update_automation(louder)
assert (louder.action.title, louder.action.severity.value) == ("${run_name} ended", "ERROR"), louder.action
assert louder.event == made["slack"].event
kept = made["ended"]
kept.description = "told once"
updated = api.update_automation(kept)
assert updated.description == "told once"
assert updated.event == made["ended"].event
assert updated.action == made["ended"].action
changed = api.update_automation(made["other runs"], event=wa.OnRunMetric(scope=project, filter=loss.max(3) < -100))
assert changed.event.filter == wa.OnRunMetric(scope=project, filter=loss.max(3) < -100).filter

with wandb.init(entity=TEAM, project=PROJECT, name="watched closely", settings=wandb.Settings(console="off")) as run:
    for value in [1, 1, 2, 1, 2, 1, 2, 9, 9, 9]:
        run.log({"loss": value})

print(json.dumps(list(made)))
