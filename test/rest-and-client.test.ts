/** The REST API and the wandb client look at the same versions, and recognise each other's contents. */
import { expect, test } from 'vitest'
import { collectionPath, givenVersion, log, type ProjectName } from './support/given-artifacts.ts'
import { givenMember, givenTeam } from './support/given-automations.ts'
import { runPython } from './support/python.ts'
import { forEachEngine, startTestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const LOG_THE_SAME = `
import json, pathlib, sys, wandb
with wandb.init(project=sys.argv[1]) as run:
    same = wandb.Artifact("same", type="model")
    for path, text in json.loads(sys.argv[2]).items():
        with same.new_file(path, encoding="utf-8") as file:
            file.write(text)
    run.log_artifact(same, aliases=["from-client"], tags=["seen"]).wait()
    used = run.use_artifact("same:v0")
    folder = used.download()
    texts = {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in pathlib.Path(folder).rglob("*") if p.is_file()}
    print(json.dumps({"version": same.version, "digest": same.digest, "texts": texts, "metadata": used.metadata}))
`

describeWithTool('wandb-0.30.0', 'REST beside the client', () => {
  forEachEngine((engine) => {
    test('a version logged by REST is recognised, used and downloaded by the client, and the other way round', async () => {
      await using server = await startTestServer(engine)
      const team = await givenTeam(server)
      const { key } = await givenMember(server, team, 'member')
      const project: ProjectName = { entity: team, project: 'shared' }
      await server.rest('POST', `/projects/${team}`, { name: 'shared' }, { key })
      // Sorted differently by UTF-16 units and by code points, in which Python sorts.
      const files = { 'model.txt': 'weights', 'dir/größe.txt': 'ä', 'dir/\uffee.txt': '1', 'dir/😀.txt': '2' }
      const first = await givenVersion(server, project, 'same', { files, metadata: { by: 'rest' } }, key)

      const run = await runPython(
        { code: LOG_THE_SAME },
        {
          args: [project.project, JSON.stringify(files)],
          env: { WANDB_BASE_URL: server.url, WANDB_API_KEY: key, WANDB_ENTITY: team, WANDB_SILENT: 'true' },
        },
      )
      expect(run, run.stderr).toMatchObject({ exitCode: 0 })
      const path = `${collectionPath(project, 'same')}/versions`
      const read = await server.rest('GET', path, undefined, { key })
      expect(JSON.parse(run.stdout.trim().split('\n').at(-1)!)).toEqual({
        version: 'v0',
        digest: read.body.items[0].digest,
        texts: files,
        metadata: { by: 'rest' },
      })
      expect(read.body.items).toEqual([
        expect.objectContaining({
          artifactId: first.artifactId,
          aliases: ['from-client', 'latest'],
          tags: ['seen'],
        }),
      ])
      expect((await log(server, project, 'same', { files }, key)).status).toBe(200)
    })
  })
})
