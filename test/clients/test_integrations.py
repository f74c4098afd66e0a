"""Webhooks as the client finds them, and an automation that calls one, from its making to its end."""

import uuid

import pytest
from conftest import refused, rest
from promises import promise
from wandb import automations as wa


@pytest.fixture
def team(acme):
    """A team that Alice administers, with a project, a collection and a webhook."""
    name = acme.new_team(f"team-{uuid.uuid4().hex[:8]}", alice="admin", bob="member")
    key = acme.alice.key
    rest("POST", f"/projects/{name}", {"name": "churn"}, key=key)
    rest("POST", f"/projects/{name}/churn/collections/source/versions", {"type": "model"}, key=key)
    rest("POST", f"/entities/{name}/webhooks", {"name": "deployer", "url": "http://127.0.0.1:9/hook"}, key=key)
    return name


@promise("Api.integrations", "Api.webhook_integrations", "WebhookIntegration")
def test_the_webhooks_of_a_team_are_its_integrations(team, api):
    [found] = api.webhook_integrations(entity=team)
    assert (found.name, found.url_endpoint) == ("deployer", "http://127.0.0.1:9/hook") and found.id
    assert [each.id for each in api.integrations(entity=team)] == [found.id]


@promise(
    "Api.create_automation",
    "Api.automation",
    "Api.automations",
    "Api.update_automation",
    "Api.delete_automation",
    "Automation",
    "NewAutomation",
)
def test_an_automation_is_made_found_changed_and_deleted(team, api):
    [hook] = api.webhook_integrations(entity=team)
    event = wa.OnAddArtifactAlias(scope=api.project("churn", entity=team))
    made = api.create_automation(event >> wa.SendWebhook.from_integration(hook), name="deploy", description="all")
    assert api.automation(name="deploy", entity=team) == made
    assert [each.name for each in api.automations(entity=team)] == ["deploy"]
    made.enabled, made.description = False, "paused"
    changed = api.update_automation(made)
    assert (changed.id, changed.enabled, changed.description) == (made.id, False, "paused")
    assert api.delete_automation(changed)
    assert list(api.automations(entity=team)) == []
    with refused(saying="not found"):
        api.delete_automation(changed)


@promise("Api.slack_integrations", "SlackIntegration")
def test_webhooks_are_no_integrations_of_slack(team, api):
    assert list(api.slack_integrations(entity=team)) == []
