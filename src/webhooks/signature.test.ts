import { execFileSync } from 'node:child_process'
import { verify as verifyGithub } from '@octokit/webhooks-methods'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import { createSigningKey, keysAt, SIGNATURE_DEFAULT, type SignatureSetting, signatureHeaders } from './signature.ts'

const BODY = Buffer.from(
  '{"type":"artifact.alias.added","timestamp":"2026-11-23T12:00:00Z",' +
    '"data":{"artifact":"acme/vision/resnet:v7","alias":"production"}}',
)
const SENT_AT_MS = 1_795_435_200_000
const MESSAGE_ID = 'msg_01JDCQ8Z7Y3W9V2K5T6R4P1M0N'
const TEXT = 'correct horse battery staple'
const NEW_SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const OLD_SECRET = 'whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8='

function sign(
  secrets: string[],
  setting: Partial<SignatureSetting> = {},
  body: Uint8Array = BODY,
  sentAtMs = SENT_AT_MS,
) {
  return signatureHeaders({
    messageId: MESSAGE_ID,
    sentAtMs,
    body,
    keys: secrets.map(createSigningKey),
    setting: { ...SIGNATURE_DEFAULT, ...setting },
  })
}

test('a Standard Webhooks signature has the reference value', () => {
  expect(sign([NEW_SECRET], { wandb: 'off' })).toEqual({
    'webhook-id': MESSAGE_ID,
    'webhook-timestamp': '1795435200',
    'webhook-signature': 'v1,Rnlva3DiRgF/e4vX9mbz8hlE1YC7CB2INKHwhgrbD0k=',
  })
})

test('during a rotation the request is signed with the new secret and the old one', () => {
  expect(sign([NEW_SECRET, OLD_SECRET])['webhook-signature']).toBe(
    'v1,Rnlva3DiRgF/e4vX9mbz8hlE1YC7CB2INKHwhgrbD0k= v1,2wrEh+LHwqRmin8ZvQ8SjDTF1Hz837oWQk2oNm6PTiI=',
  )
})

test('the W&B signature has the reference value in base64 and in hex', () => {
  expect(sign([TEXT])['x-wandb-signature']).toBe('otrIOfN7m6DQ/rh+h9JY+beUcUN5vZOWpPfnA5TnW1Y=')
  expect(sign([TEXT], { wandb: 'hex' })['x-wandb-signature']).toBe(
    'a2dac839f37b9ba0d0feb87e87d258f9b794714379bd9396a4f7e70394e75b56',
  )
  expect(sign([TEXT], { wandb: 'off' })).not.toHaveProperty('x-wandb-signature')
})

test("the GitHub signature has the reference value, and GitHub's own published one", () => {
  expect(sign([TEXT], { github: true })['x-hub-signature-256']).toBe(
    'sha256=a2dac839f37b9ba0d0feb87e87d258f9b794714379bd9396a4f7e70394e75b56',
  )
  const published = sign(["It's a Secret to Everybody"], { github: true }, Buffer.from('Hello, World!'))
  expect(published['x-hub-signature-256']).toBe(
    'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  )
})

test('without a secret the request still carries its id and time, and no signature', () => {
  expect(sign([], { github: true })).toEqual({ 'webhook-id': MESSAGE_ID, 'webhook-timestamp': '1795435200' })
  expect(sign([], { standard: false })).toEqual({})
})

test('openssl, as W&B tells its receivers to use it, computes the same signature', () => {
  const digest = execFileSync('openssl', ['dgst', '-sha256', '-hmac', TEXT, '-binary'], { input: BODY })
  expect(sign([TEXT])['x-wandb-signature']).toBe(digest.toString('base64'))
})

test('the reference library accepts every signature of ours, with whichever of two secrets it knows', () => {
  const secret = fc
    .uint8Array({ minLength: 24, maxLength: 64 })
    .map((key) => `whsec_${Buffer.from(key).toString('base64')}`)
  fc.assert(
    fc.property(secret, secret, fc.json(), (newer, older, body) => {
      const bytes = Buffer.from(body)
      const headers = sign([newer, older], {}, bytes, Date.now())
      expect(new Webhook(newer).verify(bytes, headers)).toEqual(JSON.parse(body))
      expect(new Webhook(older).verify(bytes, headers)).toEqual(JSON.parse(body))
      const tampered = Buffer.concat([bytes, Buffer.from(' ')])
      expect(() => new Webhook(newer).verify(tampered, headers)).toThrow()
    }),
  )
})

test('the reference library accepts a secret without prefix when it is given the text as raw key', () => {
  const headers = sign([TEXT], {}, BODY, Date.now())
  expect(new Webhook(TEXT, { format: 'raw' }).verify(BODY, headers)).toEqual(JSON.parse(BODY.toString()))
  const prefixed = `whsec_${Buffer.from(TEXT).toString('base64')}`
  expect(new Webhook(prefixed).verify(BODY, headers)).toEqual(JSON.parse(BODY.toString()))
})

test("GitHub's own library accepts a signature, whatever the secret looks like", async () => {
  for (const secret of [TEXT, NEW_SECRET, 'pässword-ünïcode-🔑']) {
    const headers = sign([secret], { github: true })
    const signature = headers['x-hub-signature-256'] as string
    expect(await verifyGithub(secret, BODY.toString(), signature)).toBe(true)
    expect(await verifyGithub(`${secret}x`, BODY.toString(), signature)).toBe(false)
  }
})

test('a whsec_ secret may lack its padding; one that is not base64 is refused with advice', () => {
  expect(sign([NEW_SECRET.replace('=', '')])['webhook-signature']).toBe(sign([NEW_SECRET])['webhook-signature'])
  for (const secret of ['whsec_', 'whsec_not base64!', 'whsec_AAAAA', 'whsec_AA-_']) {
    expect(() => createSigningKey(secret)).toThrow(Refusal)
    expect(() => createSigningKey(secret)).toThrow(/openssl rand -base64 32/)
  }
})

test('a message id with a full stop is a bug, because it would let one request pass for another', () => {
  expect(() =>
    signatureHeaders({ messageId: 'a.b', sentAtMs: 0, body: BODY, keys: [], setting: SIGNATURE_DEFAULT }),
  ).toThrow(/full stop/)
})

test('a key signs until its end and not at it, in its place, and one without an end always', () => {
  const [today, before] = [createSigningKey(NEW_SECRET), createSigningKey(OLD_SECRET)]
  fc.assert(
    fc.property(fc.integer({ min: 0 }), fc.integer({ min: 0 }), (endsAt, nowMs) => {
      const keys = [
        { key: today, endsAt: Number.POSITIVE_INFINITY },
        { key: before, endsAt },
      ]
      expect(keysAt(keys, nowMs)).toEqual(nowMs < endsAt ? [today, before] : [today])
      expect(keysAt(keys, endsAt)).toEqual([today])
      if (endsAt > 0) expect(keysAt(keys, endsAt - 1)).toEqual([today, before])
    }),
  )
})
