/** As many processes of the client at once as a team has on a busy evening. */
import { test } from 'vitest'
import { liveInACrowd } from './support/crowd.ts'
import { forEachEngine } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

describeWithTool('wandb-0.30.0', 'twenty processes of the client at once', () => {
  forEachEngine((engine) => {
    test('get numbers without gaps and move aliases from hand to hand, in a project and in two registries', async () =>
      liveInACrowd(engine, 20))
  })
})
