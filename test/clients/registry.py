"""Registries: made, found, linked into by members of the organization's teams, and by either name of it."""

import wandb
from scenario import ENTITY, PROJECT, log, model, refused, report

api = wandb.Api()
made = api.create_registry(
    name="models",
    visibility="organization",
    organization="Acme Corp",
    description="what we ship",
    artifact_types=["model"],
)
assert (made.name, made.organization, made.full_name) == ("models", "Acme Corp", "wandb-registry-models")
assert (made.description, made.visibility, made.allow_all_artifact_types) == ("what we ship", "organization", False)
assert list(made.artifact_types) == ["model"]
with refused(ValueError, saying="already exists"):
    api.create_registry(name="models", visibility="organization", organization="Acme Corp")
found = wandb.Api().registry("models", organization="Acme Corp")
assert found.description == "what we ship"
assert [r.name for r in api.registries(organization="Acme Corp")] == ["models"]

version = log(model("shipped", {"x": "1"}))
linked = version.link("wandb-registry-models/shipping", aliases=["production"])
assert (linked.entity, linked.project, linked.version) == ("acme", "wandb-registry-models", "v0"), linked.qualified_name
assert sorted(linked.aliases) == ["latest", "production"]
for organization in ["acme", "Acme Corp"]:
    again = version.link(f"{organization}/wandb-registry-models/shipping")
    assert again.version == "v0"
for path in ["wandb-registry-models/shipping:production", "Acme Corp/wandb-registry-models/shipping:v0"]:
    assert wandb.Api().artifact(path).source_name == "shipped:v0", path
with wandb.init(entity=ENTITY, project=PROJECT) as run:
    assert run.use_artifact("wandb-registry-models/shipping:latest").source_name == "shipped:v0"

with refused(saying="type"):
    log(model("table", {"t": "t"}, type="dataset")).link("wandb-registry-models/tables")
with refused(saying="not found"):
    version.link("wandb-registry-nothing/shipping")

found.description = "all that we ship"
found.save()
assert wandb.Api().registry("models", organization="acme").description == "all that we ship"
report()
