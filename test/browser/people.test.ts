/** Who belongs where, as which role: teams, organizations, registries, invitations, users, the audit. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import { parseKeyring } from '../../src/webhooks/keyring.ts'
import { describeInBrowser, inspect, type Visit, visit } from '../support/chromium.ts'
import { succeeds } from '../support/given-deliveries.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOSTILE = `<img src=x onerror="document.title='taken over'">`

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()
const row = (page: Page, name: string | RegExp) => page.getByRole('row', { name })

async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option }).click()
}

async function confirmTyped(page: Page, name: string, action: string): Promise<void> {
  await page.getByLabel(`Type ${name} to go on`).fill(name)
  await page.getByRole('button', { name: action }).click()
}

/** `acme` with the teams `vision` and `speech`; ada administers both, grace and a hostile name are members of vision. */
async function givenAcme(server: TestServer): Promise<Record<'ada' | 'grace' | 'mallory', string>> {
  const newKey = () => randomBytes(20).toString('hex')
  const keys = { ada: newKey(), grace: newKey(), mallory: newKey() }
  const made = async (method: string, path: string, body: object) => {
    const { status, text } = await server.rest(method, path, body)
    expect(status, text).toBeLessThan(300)
  }
  await made('POST', '/users', { username: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', apiKey: keys.ada })
  await made('POST', '/users', { username: 'grace', name: 'Grace Hopper', apiKey: keys.grace })
  await made('POST', '/users', { username: 'mallory', name: HOSTILE, apiKey: keys.mallory })
  await made('POST', '/organizations', { name: 'acme', displayName: 'Acme Corporation' })
  await made('POST', '/teams', { name: 'vision', displayName: 'Computer Vision', organization: 'acme' })
  await made('POST', '/teams', { name: 'speech', organization: 'acme' })
  await made('PUT', '/organizations/acme/members/ada', { role: 'admin' })
  await made('PUT', '/teams/vision/members/ada', { role: 'admin' })
  await made('PUT', '/teams/vision/members/grace', { role: 'member' })
  await made('PUT', '/teams/vision/members/mallory', { role: 'viewer' })
  return keys
}

/** On a machine that does much else besides; alone each takes seconds. */
vi.setConfig({ testTimeout: 150_000 })

describeInBrowser('in a browser', (engine, browser) => {
  test('a team: roles, service accounts, somebody invited by a link, and the audit of it', async () => {
    await using server = await startTestServer(engine)
    const keys = await givenAcme(server)
    await using window = await visit(browser(), server, '/teams/vision/members', { key: keys.ada })
    const { page } = window
    await heading(page, 'Members')
    await row(page, /mallory/)
      .getByText(HOSTILE)
      .waitFor()

    await page.getByLabel('Add by username').fill('nobody-here')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('Nobody here has this username').waitFor()
    await page.getByLabel('Add by username').fill('admin-user')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('admin-user is now Member of vision.').waitFor()
    await choose(page, 'Role of grace', /Viewer/)
    await page.getByText('grace is now Viewer of vision.').waitFor()
    await page.getByRole('button', { name: 'More about mallory' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await expect.poll(() => row(page, /mallory/).count()).toBe(0)

    await serviceAccount(window, server)
    await inviteByLink(window)
    await inviteWhoIsHere(window, server, keys.mallory)

    await page.getByRole('link', { name: 'Audit' }).click()
    await heading(page, 'Audit')
    await page.getByRole('button', { name: /Member removed mallory/ }).click()
    await page.getByText('"action": "member.removed"').waitFor()
    await inspect(window, 'access-audit')
    await page.getByLabel('To what').fill('mallory')
    await expect.poll(() => row(page, /Service account/).count()).toBe(0)
    await row(page, /Invite accepted mallory/).waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByLabel('What', { exact: true }).fill('service_account')
    await expect.poll(() => row(page, /Member/).count()).toBe(0)
    await row(page, /Service account created vision-ci/).waitFor()
    await page.getByLabel('Who', { exact: true }).fill('nobody')
    await page.getByRole('heading', { name: 'Nothing like that' }).waitFor()
    expect(new URL(page.url()).search).toBe('?action=service_account&actor=nobody')
    await inspect(window, 'access-audit-none')
    expect(await page.title()).toBe('Audit · Tripline')
  })

  async function serviceAccount(window: Visit, server: TestServer): Promise<void> {
    const { page } = window
    await page.getByRole('button', { name: 'New service account' }).click()
    await page.getByRole('dialog').getByLabel('Username').fill('vision-ci')
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
    await page.getByText('copy it now').waitFor()
    await inspect(window, 'access-service-account')
    const key = await page.getByRole('region', { name: 'API key of vision-ci' }).locator('pre').textContent()
    expect((await server.rest('GET', '/viewer', undefined, { key })).body.username).toBe('vision-ci')
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'More about vision-ci' }).click()
    await page.getByRole('menuitem', { name: 'API keys' }).click()
    await page
      .getByRole('dialog')
      .getByRole('row', { name: /first key/ })
      .waitFor()
    await inspect(window, 'access-service-account-keys')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }

  async function inviteByLink(window: Visit): Promise<void> {
    const { page } = window
    const link = await makeLink(page, 'joan@example.com')
    await row(page, /joan@example.com/).waitFor()
    const context = await browser().newContext({ baseURL: new URL(page.url()).origin })
    const other = await context.newPage()
    await other.goto(link)
    await heading(other, 'Join vision')
    await inspect({ ...window, page: other }, 'access-invite')
    await other.getByLabel('Username').fill('joan')
    await other.getByRole('textbox', { name: 'Password' }).fill('three quiet words')
    await other.getByRole('button', { name: 'Make the account and join' }).click()
    await other.waitForURL('**/teams/vision')
    await other.getByRole('button', { name: 'Your account: joan' }).waitFor()
    await other.goto(link)
    await heading(other, 'This invitation does not work')
    await context.close()
    await page.reload()
    await row(page, /joan/).getByRole('combobox', { name: 'Role of joan' }).waitFor()
  }

  /** Two links: whoever has an account joins with it, and what was revoked lets nobody in. */
  async function inviteWhoIsHere(window: Visit, server: TestServer, key: string): Promise<void> {
    const { page } = window
    const link = await makeLink(page)
    const revoked = await makeLink(page, 'somebody@example.com')
    await row(page, /whoever has the link/).waitFor()
    await inspect(window, 'access-members')
    await page.getByRole('button', { name: 'Revoke the invitation for somebody@example.com' }).click()
    await page.getByText('Its link stops working at once.').waitFor()
    await page.getByRole('button', { name: 'Revoke', exact: true }).click()
    await expect.poll(() => row(page, /somebody@example.com/).count()).toBe(0)

    await using other = await visit(browser(), server, revoked, { key })
    await heading(other.page, 'This invitation does not work')
    await inspect(other, 'access-invite-revoked')
    await other.page.goto(link)
    await heading(other.page, 'Join vision')
    await inspect(other, 'access-invite-signed-in')
    await other.page.getByRole('button', { name: 'Join as mallory' }).click()
    await other.page.waitForURL('**/teams/vision')
    await page.reload()
    await row(page, /mallory/)
      .getByRole('combobox', { name: 'Role of mallory' })
      .waitFor()
    expect(await row(page, /whoever has the link/).count()).toBe(0)
  }

  /** The path of a link that invites to the team whose members are shown. */
  async function makeLink(page: Page, email?: string): Promise<string> {
    await page.getByRole('button', { name: 'Invite by a link' }).click()
    if (email !== undefined) await page.getByRole('dialog').getByLabel('E-mail').fill(email)
    await page.getByRole('button', { name: 'Make the link' }).click()
    const link = new URL((await page.getByRole('region', { name: 'The link' }).locator('pre').textContent()) ?? '')
    await page.getByRole('button', { name: 'Done' }).click()
    return `${link.pathname}${link.search}`
  }

  test('an organization and its teams, and who may only look', async () => {
    await using server = await startTestServer(engine)
    const keys = await givenAcme(server)
    await using window = await visit(browser(), server, '/orgs/acme/teams', { key: keys.ada })
    const { page } = window
    await heading(page, 'Teams')
    await inspect(window, 'access-organization-teams')
    await page.getByRole('button', { name: 'New team' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('vision')
    await dialog.getByRole('button', { name: 'Create the team' }).click()
    await dialog.getByText('"vision" is taken').waitFor()
    await inspect(window, 'access-team-new')
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('drones')
    await dialog.getByRole('button', { name: 'Create the team' }).click()
    await page.waitForURL('**/teams/drones/members')
    await row(page, /ada/).waitFor()

    await page.goto('/orgs/acme/teams')
    await page.getByRole('button', { name: 'More about drones' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByLabel('Type drones to go on').waitFor()
    await inspect(window, 'access-team-delete')
    await confirmTyped(page, 'drones', 'Delete the team')
    await expect.poll(() => row(page, /drones/).count()).toBe(0)

    await page.getByRole('link', { name: 'Members' }).click()
    await row(page, /grace/).waitFor()
    await inspect(window, 'access-organization-members')
    await choose(page, 'Role of ada', /Viewer/)
    await page.getByText('Only another one can make you that again.').waitFor()
    await page.getByRole('button', { name: 'Give it up' }).click()
    await page.getByText('ada is now Viewer of acme.').waitFor()
    await page.getByText('Administrators of the organization add and remove people.').waitFor()
    expect(await page.getByRole('combobox').count()).toBe(0)

    await using guest = await visit(browser(), server, '/teams/vision/members', { key: keys.grace })
    await row(guest.page, /ada/).waitFor()
    expect(await guest.page.getByRole('button', { name: /Invite|Add|service/ }).count()).toBe(0)
    await guest.page.getByRole('button', { name: 'More about grace' }).click()
    await guest.page.getByRole('menuitem', { name: 'Leave the team' }).click()
    await guest.page.getByRole('button', { name: 'Leave' }).click()
    await heading(guest.page, /Hello/)
    await guest.page.goto('/admin/users')
    await guest.page.getByRole('heading', { name: 'For administrators of this server' }).waitFor()
    await inspect(guest, 'access-forbidden')
  })

  test('a registry: users and teams with a role of their own in it', async () => {
    await using server = await startTestServer(engine)
    const keys = await givenAcme(server)
    await server.rest('POST', '/projects/acme', { name: 'model', registry: true, access: 'RESTRICTED' })
    const path = '/orgs/acme/registry/model/members'
    await using window = await visit(browser(), server, path, { key: keys.ada })
    const { page } = window
    await page.getByRole('heading', { name: 'No members of its own' }).waitFor()
    await inspect(window, 'access-registry-members-none')
    await page.getByRole('combobox', { name: 'Username' }).fill('nobody-here')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('No such user in the organization').waitFor()
    await page.getByRole('combobox', { name: 'Username' }).fill('grace')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await row(page, /grace/).waitFor()
    await page.getByText('Team', { exact: true }).click()
    await page.getByRole('combobox', { name: 'Team' }).fill('vision')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await row(page, /vision/).waitFor()
    await choose(page, 'Role of grace', /Admin/)
    await page.getByText('grace is now Admin here.').waitFor()
    await inspect(window, 'access-registry-members')
    await page.getByRole('button', { name: 'Remove vision' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await expect.poll(() => row(page, /vision/).count()).toBe(0)

    await using guest = await visit(browser(), server, path, { key: keys.grace })
    await row(guest.page, /ada|grace/)
      .first()
      .waitFor()
    await guest.page.getByRole('combobox', { name: 'Role of grace' }).waitFor()
  })

  test('the server: users, organizations, teams, keys, and everything that was changed', async () => {
    await using server = await startTestServer(engine, {
      env: { TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64') },
    })
    await givenAcme(server)
    await using window = await visit(browser(), server, '/admin')
    const { page } = window
    await heading(page, 'Users')
    await row(page, /mallory/)
      .getByText(HOSTILE)
      .waitFor()
    await inspect(window, 'access-users')
    await page.getByLabel('Search users').fill('hopper')
    await expect.poll(() => page.getByRole('row').count()).toBe(2)
    await row(page, /grace/).getByRole('button').click()
    await page.getByRole('menuitem', { name: 'Make administrator' }).click()
    await page.getByRole('button', { name: 'Make administrator' }).click()
    await row(page, /grace/).getByText('administrator', { exact: true }).waitFor()
    await row(page, /grace/).getByRole('button').click()
    await page.getByRole('menuitem', { name: 'Give another password' }).click()
    await page.getByRole('textbox', { name: 'New password' }).fill('a password for grace')
    await page.getByRole('button', { name: 'Set the password' }).click()
    await page.getByText('grace has another password').waitFor()
    await page.getByLabel('Search users').fill('')

    await page.getByRole('button', { name: 'New user' }).click()
    await page.getByRole('dialog').getByLabel('Username').fill('joan')
    await page.getByRole('dialog').getByLabel('E-mail').fill('ADA@example.com')
    await page.getByRole('button', { name: 'Create the user' }).click()
    await page.getByRole('dialog').getByText('another user has it').waitFor()
    await inspect(window, 'access-user-new')
    await page.getByRole('dialog').getByLabel('E-mail').fill('joan@example.com')
    await page.getByRole('button', { name: 'Create the user' }).click()
    await row(page, /joan/).waitFor()
    await page.getByRole('button', { name: 'More about joan' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await confirmTyped(page, 'joan', 'Delete the user')
    await expect.poll(() => row(page, /joan/).count()).toBe(0)
    await page.getByLabel('Search users').fill('nobody like that')
    await page.getByRole('heading', { name: 'Nobody like that' }).waitFor()

    await page.getByRole('link', { name: 'Organizations' }).click()
    await row(page, /acme/).waitFor()
    await inspect(window, 'access-admin-organizations')
    await page.getByRole('link', { name: 'Teams' }).click()
    await row(page, /vision/).waitFor()
    await inspect(window, 'access-admin-teams')
    await page.getByRole('link', { name: 'Master keys' }).click()
    await sealAnew(window, server)
    await page.getByRole('link', { name: 'Audit' }).click()
    await row(page, /User deleted joan/).waitFor()
    await inspect(window, 'access-admin-audit')
  })

  /** The master key is replaced, as after a start with another one first. */
  async function sealAnew(window: Visit, server: TestServer): Promise<void> {
    const { page } = window
    await row(page, /newest/).waitFor()
    for (const name of ['FIRST', 'SECOND', 'DAMAGED']) {
      await succeeds(server, 'PUT', `/entities/vision/secrets/${name}`, { value: 'a value nobody sees' })
    }
    const old = server.env.TRIPLINE_SECRET_KEY as string
    Object.assign(server.world, { keyring: parseKeyring(`${randomBytes(32).toString('base64')},${old}`) })
    await page.reload()
    await row(page, /older.*not yet/).waitFor()
    await inspect(window, 'access-master-keys-two')
    await server.world.db.transaction((tx) =>
      sql`update secrets set entity_id = entity_id + 1 where name = 'DAMAGED'`.execute(tx),
    )
    await page.getByRole('button', { name: 'Seal everything with the newest key' }).click()
    await page.getByText('they do not open: 1').waitFor()
    await row(page, /older/).waitFor()
    await inspect(window, 'access-master-keys')
  }
})
