/** A test call as a shell script: it is really run, and what it sends is verified as a receiver would. */
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { promisify } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenTeam } from './support/given-automations.ts'
import { givenSecrets, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const run = promisify(execFile)

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  test('the script of a test call sends the same body, headers and signatures, and holds no secret', async () => {
    await using receiver = await startReceiver()
    const team = await givenTeam(server)
    const values = {
      TOKEN: 'the-token-value',
      SIGN: `whsec_${Buffer.from('a signing key of thirty-two byte').toString('base64')}`,
      EXTRA: `it's "quoted" \\ and $HOME \`ls\``,
    }
    await givenSecrets(server, team, values)
    const { id } = await succeeds(server, 'POST', `/entities/${team}/webhooks`, {
      name: 'deployer',
      url: receiver.url,
      accessTokenSecret: 'TOKEN',
      signingSecret: 'SIGN',
      secrets: ['EXTRA'],
      signature: { standard: true, wandb: 'hex', github: true },
      headers: { 'x-mixed': "a'b ${TOKEN} c", 'x-plain': '$HOME `ls`' },
    })
    const payload = { who: "it's ${event_author}", key: '${EXTRA}', dollars: '$(id) `id`' }
    const answer = await succeeds(server, 'POST', `/entities/${team}/webhooks/${id}/test`, { payload })
    for (const value of [...Object.values(values), receiver.url]) expect(answer.script).not.toContain(value)

    const env = Object.fromEntries(Object.entries(values).map(([name, value]) => [`SECRET_${name}`, value]))
    const ran = run('sh', ['-c', answer.script], {
      env: { PATH: process.env.PATH, WEBHOOK_URL: receiver.url, ...env },
      timeout: 20_000,
    })
    expect((await ran).stdout).toMatch(/^HTTP\/1.1 2/)
    const [sent, scripted] = receiver.received
    expect(scripted?.body.toString()).toBe(sent?.body.toString())
    expect(JSON.parse(String(scripted?.body))).toEqual({
      who: "it's example-user",
      key: values.EXTRA,
      dollars: '$(id) `id`',
    })
    const own = [
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
      'content-length',
      'user-agent',
      'connection',
      'host',
    ]
    const named = Object.entries(sent?.headers ?? {}).filter(([name]) => !own.includes(name))
    expect(scripted?.headers).toMatchObject(Object.fromEntries(named))
    const headers = scripted?.headers as Record<string, string>
    expect(() => new Webhook(values.SIGN).verify(String(scripted?.body), headers)).not.toThrow()
    const hex = createHmac('sha256', values.SIGN).update(String(scripted?.body)).digest('hex')
    expect([headers['x-wandb-signature'], headers['x-hub-signature-256']]).toEqual([hex, `sha256=${hex}`])

    // Without its secrets it says what is missing, and sends nothing.
    const bare = run('sh', ['-c', answer.script], { env: { PATH: process.env.PATH, WEBHOOK_URL: receiver.url } })
    await expect(bare).rejects.toMatchObject({ stderr: expect.stringMatching(/SECRET_\w+: is not set/) })
    expect(receiver.received).toHaveLength(2)
  })
})
