import { expect, test } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer } from './support/server.ts'

forEachEngine((engine) => {
  test('a test call sends a signed request and tells what came of it', async () => {
    await using server = await startTestServer(engine)
    await using receiver = await startReceiver({ status: 200, body: 'token-abcdefgh seen' })
    expect((await server.rest('POST', '/teams', { name: 'vision' })).status).toBe(201)
    expect((await server.rest('PUT', '/entities/vision/secrets/TOKEN', { value: 'token-abcdefgh' })).status).toBe(201)
    await server.rest('PUT', '/entities/vision/secrets/SIGNING', { value: 'correct horse battery staple' })
    const answer = await server.rest('POST', '/entities/vision/webhooks/test', {
      webhook: { url: receiver.url, accessTokenSecret: 'TOKEN', signingSecret: 'SIGNING' },
      payload: { text: '${artifact_version_string} is ${alias}', token: '${TOKEN}' },
    })
    expect(answer.body).toMatchObject({ ok: true, response: { status: 200, body: '*** seen' } })
    const [request] = receiver.received
    expect(request!.headers.authorization).toBe('Bearer token-abcdefgh')
    const verifier = new Webhook(Buffer.from('correct horse battery staple').toString('base64'))
    verifier.verify(request!.body, request!.headers as Record<string, string>)
    expect(JSON.parse(request!.body)).toEqual({
      text: 'vision/example-project/example-model:production is production',
      token: 'token-abcdefgh',
    })
    expect(answer.text).not.toContain('token-abcdefgh')
  })
})
