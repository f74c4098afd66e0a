"""People, teams and keys by the public API. Runs as the server's administrator; the team `ml-team` has Alice."""

import wandb
from scenario import refused, report

api = wandb.Api()
assert api.viewer.admin and api.viewer.username == api.default_entity
team = api.create_team("robotics")
assert team.name == "robotics"
team = wandb.Api().team("robotics")
assert [(m.username, m.admin) for m in team.members] == [(api.viewer.username, True)]
assert team.invite("alice", admin=False)
assert team.invite("vera@example.com", admin=True)
members = {m.username: m for m in wandb.Api().team("robotics").members}
assert not members["alice"].admin and members["vera"].admin
members["alice"].delete()
assert "alice" not in [m.username for m in wandb.Api().team("robotics").members]
assert team.create_service_account("Nightly Trainer")
assert "Nightly-Trainer" in [m.username for m in wandb.Api().team("robotics").members]
created = api.create_user("newcomer@example.com")
assert created.username == "newcomer"
assert wandb.Api().user("newcomer@example.com").username == "newcomer"

key = api.viewer.generate_api_key("for the laptop")
assert len(key) >= 40 and wandb.Api(api_key=key).viewer.username == api.viewer.username
mine = wandb.Api().viewer
shown = [text for text in mine.api_keys if text == "…" + key[-4:]]
assert shown and key not in mine.api_keys
assert mine.delete_api_key(shown[0])
with refused(saying="API key"):
    wandb.Api(api_key=key).viewer

report()
