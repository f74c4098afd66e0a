"""Runs `python -m wandb …` for each line of its input, in a process of its own that is forked from this one: the client has
been imported by then, which takes longer than most commands. Answers with the exit code.

A line is JSON: the `words` of the command, its `env`ironment and `cwd`, and the file its `output` goes to, of both kinds.
"""

import json
import os
import runpy
import sys

import wandb.cli.cli  # noqa: F401


def become(asked):
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    output = os.open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for target, source in [(0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)]:
        os.dup2(source, target)
    sys.argv = ["wandb", *asked["words"]]
    runpy.run_module("wandb", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
            sys.exit()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
