"""Who may not: wrong keys, viewers, and people of other teams. Needs KEY_VERA (a viewer) and KEY_OTTO (an outsider)."""

import os
import time

import wandb
from scenario import ENTITY, PROJECT, at, log, model, refused, report

mine = log(model("guarded", {"secret.txt": "for the team"}), aliases=["kept"])
url = os.environ["WANDB_BASE_URL"]


def as_user(key):
    return wandb.Api(api_key=key, overrides={"base_url": url, "entity": ENTITY})


# A well-formed key that nobody has is refused at once, in words.
started = time.monotonic()
with refused(saying="API key"):
    as_user("f" * 40).viewer
with refused(saying="API key"):
    wandb.login(key="f" * 40, verify=True, relogin=True)
assert time.monotonic() - started < 10, "the client went on trying"
wandb.login(key=os.environ["WANDB_API_KEY"], verify=True, relogin=True)

# A viewer reads, and changes nothing.
vera = as_user(os.environ["KEY_VERA"])
seen = vera.artifact(at("guarded", "kept"))
assert seen.id == mine.id and [f.name for f in seen.files()] == ["secret.txt"]
seen.aliases.append("taken-over")
with refused(saying="member"):
    seen.save()
with refused(saying="member"):
    vera.artifact(at("guarded", "kept")).delete(delete_aliases=True)
with refused(saying="member"):
    vera.artifact(at("guarded", "kept")).link(f"{ENTITY}/{PROJECT}/shelf")
with refused(saying="member"):
    vera.create_project("new-project", ENTITY)

# For an outsider nothing is there, in the very words for what nobody has.
otto = as_user(os.environ["KEY_OTTO"])
assert otto.viewer.username == "otto"
assert not otto.artifact_exists(at("guarded", "kept"))
assert not otto.artifact_collection_exists(f"{ENTITY}/{PROJECT}/guarded", type="model")
words = []
for entity in [ENTITY, "no-such-entity"]:
    try:
        otto.artifact(f"{entity}/{PROJECT}/guarded:kept")
        raise AssertionError("found")
    except (wandb.errors.CommError, ValueError) as error:
        words.append(str(error).replace(entity, "…"))
assert words[0] == words[1], words
assert [u.username for u in otto.users("alice")] == [] and otto.user("otto").username == "otto"
assert wandb.Api().user("vera").email == "vera@example.com"
assert wandb.Api().artifact(at("guarded", "v0")).aliases == ["kept", "latest"]

report()
