"""Move the alias "production" to the newest version of a model: what fires the automation.

    WANDB_BASE_URL=http://localhost:8080 WANDB_API_KEY=… python promote.py vision/churn/churn-model
"""

import sys

import wandb

model = wandb.Api().artifact(f"{sys.argv[1]}:latest")
model.aliases.append("production")
model.save()
print(f"{model.source_name} is production")
