"""Automations with the client alone: every event and scope it can write, and every way it changes them.

The server was given, by REST, an organization and a team with collections and webhooks, and automations the client
cannot read. Prints one JSON document with what the client saw.
"""

import json
import os

import wandb
from wandb import automations as wa
from wandb.automations.events import ArtifactEvent

TEAM, ORG, PROJECT = os.environ["TEAM"], os.environ["ORG"], os.environ["PROJECT"]
seen = {}
api = wandb.Api()

sequence = api.artifact_collection("model", f"{TEAM}/{PROJECT}/logged")
portfolio = api.artifact_collection("model", f"{TEAM}/{PROJECT}/linked")
project = api.project(PROJECT, entity=TEAM)
registry = api.project("wandb-registry-models", entity=ORG)
team = api.team(TEAM)
[hook] = api.webhook_integrations(entity=TEAM)
[registry_hook] = api.webhook_integrations(entity=ORG)

filters = {
    "alias": ArtifactEvent.alias.matches_regex("^prod") & ArtifactEvent.alias.ne("prod-old"),
    "tag": ArtifactEvent.tag.in_(["approved", "checked"]),
}
events = {
    "create": wa.OnCreateArtifact(scope=sequence),
    "link": wa.OnLinkArtifact(scope=portfolio, filter=ArtifactEvent.alias.contains("prod")),
    "unlink": wa.OnUnlinkArtifact(scope=portfolio),
    "alias in project": wa.OnAddArtifactAlias(scope=project, filter=filters["alias"]),
    "alias in registry": wa.OnAddArtifactAlias(scope=registry, filter=filters["alias"]),
    "alias in team": wa.OnAddArtifactAlias(scope=team, filter=filters["alias"]),
    "tag": wa.OnAddArtifactTag(scope=project, filter=filters["tag"]),
    "tag removed": wa.OnRemoveArtifactTag(scope=sequence, filter=~filters["tag"]),
    "collection tag": wa.OnAddCollectionTag(scope=project),
    "collection tag removed": wa.OnRemoveCollectionTag(scope=project, filter=ArtifactEvent.tag.eq("approved")),
}
made = {}
for name, event in events.items():
    integration = registry_hook if "registry" in name else hook
    action = wa.SendWebhook.from_integration(integration, payload={"name": name, "version": "${artifact_version}"})
    made[name] = api.create_automation(event >> action, name=name, description=f"on {name}")
made["nothing"] = api.create_automation(wa.OnLinkArtifact(scope=project) >> wa.DoNothing(), name="nothing", enabled=False)

# What is read back is what was answered, field by field, on every way the client has.
in_team = {a.name: a for a in api.automations(entity=TEAM)}
in_org = {a.name: a for a in api.automations(entity=ORG)}
everywhere = {a.name: a for a in api.automations()}
# The client 0.28 always walks projects, which do not come by what is scoped to the team itself.
walks = wandb.__version__.startswith("0.28.")
expected = {name: a for name, a in made.items() if "registry" not in name and not (walks and name == "alias in team")}
assert in_team == expected, sorted(in_team)
assert in_org == {name: a for name, a in made.items() if "registry" in name}, sorted(in_org)
# Without an entity all of them do.
assert everywhere == {name: a for name, a in made.items() if name != "alias in team"}, sorted(everywhere)
assert api.automation(name="tag", entity=TEAM) == made["tag"]
assert made["create"].event.event_type.value == "CREATE_ARTIFACT"
assert made["link"].event.event_type.value == "LINK_MODEL"
assert not made["nothing"].enabled

# A name that is taken is an error, or fetches what has it.
again = wa.OnLinkArtifact(scope=project) >> wa.DoNothing()
try:
    api.create_automation(again, name="tag")
    raise AssertionError("the name was taken")
except (wandb.errors.CommError, ValueError) as error:
    seen["taken"] = str(error)
assert api.create_automation(again, name="tag", fetch_existing=True) == made["tag"]
try:
    api.create_automation(again, name="hidden")
    raise AssertionError("the name was taken")
except (wandb.errors.CommError, ValueError) as error:
    seen["hidden"] = str(error)

# Changing one: parts of it, its scope, its action.
automation = made["alias in project"]
automation.enabled = False
automation.description = "Kept for reference"
updated = api.update_automation(automation)
assert (updated.id, updated.enabled, updated.description) == (automation.id, False, "Kept for reference")
assert updated.event == made["alias in project"].event
updated.scope = portfolio
moved = api.update_automation(updated)
assert moved.scope.name == "linked", moved.scope
moved.action = wa.DoNothing()
idle = api.update_automation(moved)
assert api.automation(name="alias in project", entity=TEAM) == idle

api.delete_automation(idle)
assert "alias in project" not in {a.name for a in api.automations(entity=TEAM)}
try:
    api.delete_automation(idle)
    raise AssertionError("it was deleted before")
except (wandb.errors.CommError, ValueError) as error:
    seen["deleted"] = str(error)
try:
    api.update_automation(idle)
    raise AssertionError("it was deleted before")
except (wandb.errors.CommError, ValueError) as error:
    seen["updated"] = str(error)

print(json.dumps(seen))
