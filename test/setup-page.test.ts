import { expect, test } from 'vitest'
import { startTestServer } from './support/server.ts'

const WITHOUT_ADMIN = { env: { TRIPLINE_ADMIN_USERNAME: '', TRIPLINE_ADMIN_API_KEY: '' } }

test('the link of the first start makes the administrator, once, and says what to type', async () => {
  await using server = await startTestServer('sqlite', WITHOUT_ADMIN)
  const { pathname, search, searchParams } = new URL(server.setupUrl!)
  const page = await fetch(`${server.url}${pathname}${search}`)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await page.text()).toContain('name="username"')

  const submit = (fields: Record<string, string>) =>
    fetch(`${server.url}/setup`, { method: 'POST', body: new URLSearchParams(fields) })
  const token = searchParams.get('token')!

  const short = await submit({ token, username: 'ada', password: 'short' })
  expect(short.status).toBe(400)
  expect(await short.text()).toContain('role="alert"')

  const forged = await submit({ token: '"><script>alert(1)</script>', username: '<b>', password: '' })
  expect(forged.status).toBeGreaterThanOrEqual(400)
  expect(await forged.text()).not.toMatch(/<script>|<b>/)

  const created = await submit({ token, username: 'ada', password: '' })
  expect(created.status).toBe(201)
  const key = /WANDB_API_KEY=(\S+)/.exec(await created.text())![1]!
  const viewer = await server.rest('GET', '/viewer', undefined, { key })
  expect(viewer.status).toBe(200)

  const again = await submit({ token, username: 'eve', password: '' })
  expect(again.status).toBe(409)
})

test('the root says what this is, to whoever opens it in a browser', async () => {
  await using server = await startTestServer('sqlite')
  const page = await (await fetch(server.url)).text()
  expect(page).toContain('/api/docs')
})
