/** Projects, collections, versions and registries, as a person goes through them. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { referenceKey } from '../../src/artifacts/artifact-reference.ts'
import { useArtifact } from '../../src/artifacts/operations.ts'
import { describeInBrowser, inspect, NARROW, visit, WIDE } from '../support/chromium.ts'
import { collectionPath, givenCommitted, givenVersion, type ProjectName } from '../support/given-artifacts.ts'
import { callerWith, givenOrganization, givenTeam, givenUser, givenWebhook } from '../support/given-automations.ts'
import { succeeds } from '../support/given-deliveries.ts'
import { runPython } from '../support/python.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { expectNothingCovered } from '../support/toasts.ts'
import { describeWithTool } from '../support/tools.ts'

const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

type Given = ProjectName & { organization: string; base: string }

/** A team whose project holds what real ones hold: versions with metadata, files, tags, and a link into a registry. */
async function givenWorkspace(server: TestServer): Promise<Given> {
  const organization = await givenOrganization(server)
  const entity = await givenTeam(server, organization)
  const place = { entity, project: 'churn-prediction' }
  await succeeds(server, 'POST', `/projects/${entity}`, {
    name: place.project,
    description: 'Who will leave next month, and why',
  })
  const base = collectionPath(place, 'churn-model')
  for (const [index, accuracy] of [0.81, 0.84, 0.93].entries()) {
    await givenVersion(server, place, 'churn-model', {
      description: `Trained on ${index + 1} quarters`,
      metadata: {
        eval: {
          accuracy,
          auc: 0.9 + index / 100,
          confusion: [
            [90 + index, 10],
            [7, 93],
          ],
        },
        framework: 'pytorch',
        ...(index > 0 ? { 'git.commit': `a1b2c${index}` } : { legacy: true }),
      },
      tags: ['nightly'],
      files: { 'model.pt': `weights ${index}`, 'config/train.json': '{"lr": 0.001, "layers": [64, 32]}' },
    })
  }
  await succeeds(server, 'PUT', `${base}/aliases/production`, { version: 'v1' })
  await succeeds(server, 'PUT', `${base}/tags/classifier`, undefined)
  await succeeds(server, 'PATCH', base, { description: 'The model behind the retention campaign.\nOwned by growth.' })
  await givenVersion(server, place, 'customers', { type: 'dataset', files: { 'rows.csv': 'id,age\n1,31' } })
  await succeeds(server, 'POST', `/projects/${organization}`, {
    name: 'models',
    registry: true,
    description: 'What runs in production',
  })
  await succeeds(
    server,
    'POST',
    `${collectionPath({ entity: organization, project: 'wandb-registry-models' }, 'churn')}/links`,
    {
      source: { ...place, collection: 'churn-model', version: 'v1' },
      aliases: ['champion'],
    },
  )
  return { ...place, organization, base }
}

/** Features that were made from rows, a model that was trained on them, and its report. */
async function givenLineage(server: TestServer, place: ProjectName): Promise<void> {
  const admin = await callerWith(server, server.adminKey)
  const step = async (run: string, collection: string, type: string, uses: number[]) => {
    const { errors } = await server.graphql(
      'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }',
      {
        input: {
          entityName: place.entity,
          modelName: place.project,
          name: run,
          displayName: run,
          config: JSON.stringify({ lr: { value: 0.001 }, layers: { value: [64, 32] } }),
          summaryMetrics: JSON.stringify({ loss: 0.12, eval: { accuracy: 0.93 } }),
          jobType: run,
        },
      },
    )
    expect(errors).toBeUndefined()
    for (const artifactId of uses) await useArtifact(server.world, admin, { ...place, run, artifactId })
    return givenCommitted(server, admin, { ...place, collection, type, run, files: { 'a.txt': collection } })
  }
  const rows = await step('gather', 'raw-rows', 'dataset', [])
  const labels = await step('label', 'labels', 'dataset', [])
  const features = await step('prepare', 'features', 'dataset', [rows, labels])
  const model = await step('train', 'trained', 'model', [features])
  await step('evaluate', 'report', 'evaluation', [model, labels])
  for (const collection of ['serving-bundle', 'model-card']) {
    const reference = `wandb-artifact://${referenceKey(model)}/a.txt`
    const files = [{ path: 'model.txt', reference, size: 8 }]
    await succeeds(server, 'POST', `${collectionPath(place, collection)}/versions`, { type: 'bundle', files })
  }
}

describeInBrowser('artifacts in a browser', (engine, browser) => {
  test('from the team to a version, through the project, and everything of it is changed where it stands', async () => {
    await using server = await startTestServer(engine)
    const { entity, project, organization } = await givenWorkspace(server)
    await using window = await visit(browser(), server, `/${entity}`)
    const { page } = window
    await page.waitForURL(`**/teams/${entity}`)
    await page.getByRole('link', { name: project }).waitFor()
    await inspect(window, 'projects')
    await page.getByRole('button', { name: 'New project' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('second')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/${entity}/second/artifacts`)
    await page.getByRole('heading', { name: 'No artifacts yet' }).waitFor()
    await inspect(window, 'collections-empty')

    await page.goto(`/${entity}/${project}`)
    await page.waitForURL(`**/${entity}/${project}/artifacts`)
    await page.getByRole('link', { name: 'churn-model' }).waitFor()
    await inspect(window, 'collections')
    await page.getByLabel('Find a collection').fill('CHURN')
    await expect.poll(() => page.getByRole('link', { name: 'customers' }).count()).toBe(0)
    await page.getByRole('link', { name: 'churn-model' }).click()

    await page.getByRole('heading', { level: 1, name: 'churn-model' }).waitFor()
    await page.getByRole('table', { name: 'Versions' }).getByRole('link', { name: 'v2' }).waitFor()
    await inspect(window, 'collection')
    await page.getByRole('button', { name: 'Edit: Description' }).click()
    await page.getByRole('textbox', { name: 'Description' }).fill('<b>Bold</b> words')
    await page.getByRole('link', { name: 'Runs' }).click()
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('textbox', { name: 'Description' }).focus()
    await page.keyboard.press('Control+Enter')
    await page.getByText('<b>Bold</b> words').waitFor()
    await page.getByRole('button', { name: 'Add tag' }).click()
    await page.getByRole('textbox', { name: 'New tag' }).fill('reviewed')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Remove tag reviewed' }).waitFor()
    await page.getByRole('button', { name: /Time to live/ }).click()
    await page.getByRole('radio', { name: 'So many days' }).check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: /Time to live: 30 days/ }).waitFor()
    await page.getByLabel('Go to a version').fill('2')
    await page.keyboard.press('Enter')

    await page.getByRole('heading', { level: 1, name: 'churn-model:v2' }).waitFor()
    await inspect(window, 'version')
    expect(await page.getByRole('region', { name: 'In a run, with lineage' }).textContent()).toContain(
      `run.use_artifact("${entity}/${project}/churn-model:v2", type="model")`,
    )
    await page.getByRole('button', { name: 'Link', exact: true }).click()
    await page.getByRole('combobox', { name: 'Registry or project' }).click()
    await page.getByRole('option', { name: 'Registry models' }).click()
    await page.getByRole('combobox', { name: 'Collection' }).fill('churn')
    await page.keyboard.press('Escape')
    await page.getByText('No automation fires').waitFor()
    await page.getByRole('button', { name: 'Link version' }).click()
    await page.waitForURL(`**/orgs/${organization}/registry/models/artifacts/model/churn/v1`)
    await page.getByRole('link', { name: `${entity}/${project}/churn-model:v2` }).waitFor()
    await inspect(window, 'version-linked')
  })

  test('a collection is renamed and retyped, and old links to its type lead on', async () => {
    await using server = await startTestServer(engine)
    const { entity, project } = await givenWorkspace(server)
    await using window = await visit(browser(), server, `/${entity}/${project}/artifacts/dataset/customers`)
    const { page } = window
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await page.getByRole('textbox', { name: 'New name' }).fill('people')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/artifacts/dataset/people')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Change the type' }).click()
    await page.getByRole('textbox', { name: 'New type' }).fill('table')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/artifacts/table/people')
    await page.goto(`/${entity}/${project}/artifacts/dataset/people/v0`)
    await page.waitForURL('**/artifacts/table/people/v0')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Delete version' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('No automation fires').waitFor()
    await page.getByRole('button', { name: 'Delete with aliases' }).click()
    await page.getByRole('heading', { name: 'No versions' }).waitFor()
    await inspect(window, 'collection-empty')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await dialog.getByText('No automation fires').waitFor()
    await page.getByLabel('Type people to go on').fill('people')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/${entity}/${project}/artifacts`)
    await page.getByRole('link', { name: 'churn-model' }).waitFor()
    expect(await page.getByRole('link', { name: 'people' }).count()).toBe(0)
    expect(window.complaints()).toEqual([])
  })

  test('before an alias moves, a tag is given or a version is linked, what will fire is seen, and exactly that fires', async () => {
    await using server = await startTestServer(engine)
    const { entity, project, organization, base } = await givenWorkspace(server)
    const webhook = await givenWebhook(server, entity, { name: 'deployer', paused: true })
    const automation = (name: string, filter: unknown, rest: object = {}) =>
      succeeds(server, 'POST', `/entities/${entity}/automations`, {
        name,
        scope: { type: 'project', project },
        event: 'ADD_ARTIFACT_ALIAS',
        filter,
        action: { type: 'nothing' },
        ...rest,
      })
    await automation('Deploy to production', { alias: 'production' }, { action: { type: 'webhook', webhook } })
    await automation('Tell the team', { alias: { $regex: '^prod' } })
    await automation('Deploy to staging', { alias: 'staging' })
    await automation('Ask for a review', { tag: 'candidate' }, { event: 'ADD_ARTIFACT_TAG' })
    await automation('Show in the catalogue', { tag: 'featured' }, { event: 'ADD_COLLECTION_TAG' })
    await succeeds(server, 'POST', `/entities/${organization}/automations`, {
      name: 'Announce the release',
      scope: { type: 'registry', registry: 'models' },
      event: 'LINK_ARTIFACT',
      action: { type: 'nothing' },
    })

    await using window = await visit(browser(), server, `/${entity}/${project}/artifacts/model/churn-model/v2`)
    const { page } = window
    await page.getByRole('button', { name: 'Add alias' }).click()
    await page.getByRole('textbox', { name: 'New alias' }).fill('production')
    await page.keyboard.press('Enter')
    const fires = page.getByRole('region', { name: 'What fires' })
    await fires.waitFor()
    await inspect(window, 'alias-preview')
    const shown = await fires.getByRole('link').allTextContents()
    expect(shown.toSorted()).toEqual(['Deploy to production', 'Tell the team'])
    expect(await fires.textContent()).toContain('deployer, which is paused')
    expect(await page.getByRole('dialog').textContent()).toContain('production moves from v1 to v2')

    await page.getByRole('button', { name: 'Move alias', exact: true }).click()
    await page.getByRole('button', { name: 'Remove alias production' }).waitFor()
    await page.getByRole('button', { name: 'Add tag' }).click()
    await page.getByRole('textbox', { name: 'New tag' }).fill('candidate')
    await page.keyboard.press('Enter')
    await fires.getByRole('link', { name: 'Ask for a review' }).waitFor()
    expect(await page.getByRole('button', { name: 'Remove tag candidate' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Give tag' }).click()
    await page.getByRole('button', { name: 'Remove tag candidate' }).waitFor()
    shown.push('Ask for a review')
    // What fires nothing needs no question.
    await page.getByRole('button', { name: 'Add tag' }).click()
    await page.getByRole('textbox', { name: 'New tag' }).fill('plain')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Remove tag plain' }).waitFor()
    const { items } = await succeeds(server, 'GET', `${base}/versions/v2/executions`)
    expect(items.map((each: { automation: { name: string } }) => each.automation.name).toSorted()).toEqual(
      shown.toSorted(),
    )
    await page.getByRole('tab', { name: 'Automations' }).click()
    await page.getByRole('table', { name: 'Triggered automations' }).getByText('Tell the team').waitFor()
    await inspect(window, 'version-automations')

    // A collection's tags fire as those of a version do.
    await page.goto(`/${entity}/${project}/artifacts/model/churn-model`)
    await page.getByRole('button', { name: 'Add tag' }).click()
    await page.getByRole('textbox', { name: 'New tag' }).fill('featured')
    await page.keyboard.press('Enter')
    await fires.getByRole('link', { name: 'Show in the catalogue' }).waitFor()
    expect(await page.getByRole('dialog').textContent()).toContain('churn-model gets the tag featured.')
    await inspect(window, 'collection-tag-preview')
    await page.getByRole('button', { name: 'Give tag' }).click()
    await page.getByRole('button', { name: 'Remove tag featured' }).waitFor()
    await page.getByText('churn-model has the tag featured now').waitFor()
    // Low enough for the page to reach below the lower edge.
    for (const viewport of [{ ...NARROW, height: 420 }, { ...WIDE, height: 400 }, WIDE]) {
      await page.setViewportSize(viewport)
      await expectNothingCovered(page)
    }

    // Those of the organization reach the project: shown there, and changed by the organization's administrators only.
    await succeeds(server, 'POST', `/entities/${organization}/automations`, {
      name: 'Keep the books',
      scope: { type: 'entity' },
      event: 'ADD_ARTIFACT_ALIAS',
      action: { type: 'nothing' },
    })
    await page.getByRole('link', { name: 'Automations' }).click()
    const books = page.getByRole('row', { name: `Keep the books from organization ${organization}` })
    await books.waitFor()
    await inspect(window, 'automations-reach')
    expect(await books.getByRole('switch').isDisabled()).toBe(false)
    const colleague = await givenUser(server)
    await succeeds(server, 'PUT', `/teams/${entity}/members/${colleague.username}`, { role: 'member' })
    await using theirs = await visit(browser(), server, `/${entity}/${project}/automations`, colleague)
    const switchOf = (name: string) => theirs.page.getByRole('switch', { name: `“${name}” is enabled` })
    await switchOf('Keep the books').waitFor()
    expect([await switchOf('Keep the books').isDisabled(), await switchOf('Tell the team').isDisabled()]).toEqual([
      ...[true, false],
    ])

    await page.goto(`/orgs/${organization}/registry/models`)
    await page.getByRole('button', { name: 'Link a version' }).click()
    await page.getByRole('combobox', { name: 'Project' }).click()
    await page.getByRole('option', { name: project }).click()
    await page.getByRole('combobox', { name: 'Logged in' }).click()
    await page.getByRole('option', { name: 'churn-model (model)' }).click()
    await fires.getByRole('link', { name: 'Announce the release' }).waitFor()
    await page.getByRole('combobox', { name: 'Collection here' }).fill('released')
    await page.keyboard.press('Tab')
    await page.getByText('wandb-registry-models/released:v0').first().waitFor()
    await inspect(window, 'link-into')
    await page.getByRole('button', { name: 'Link version' }).click()
    await page.waitForURL(`**/orgs/${organization}/registry/models/artifacts/model/released/v0`)
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Unlink from here' }).click()
    await page.getByText('No automation fires').waitFor()
    for (const [path, title, name] of [
      [`/orgs/${organization}/history`, `History of ${organization}`, 'organization-history'],
      [`/orgs/${organization}/registry/models/history`, 'History of models', 'registry-history'],
    ] as const) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await page.getByRole('link', { name: 'Announce the release' }).waitFor()
      await inspect(window, name)
    }
    await page.goto(`/${entity}/${project}/artifacts/model`)
    await page.getByRole('table').waitFor()
    expect(await page.getByRole('combobox', { name: 'Type' }).inputValue()).toContain('model')
    await inspect(window, 'collections-of-type')
    await page.goto(`/${entity}/${project}/artifacts/nonesuch`)
    await page.getByRole('heading', { name: 'No collection is like that' }).waitFor()
    expect(window.complaints()).toEqual([])
  })

  test('metadata is looked into, searched and compared', async () => {
    await using server = await startTestServer(engine)
    const { entity, project } = await givenWorkspace(server)
    await using window = await visit(
      browser(),
      server,
      `/${entity}/${project}/artifacts/model/churn-model/latest/metadata`,
    )
    const { page } = window
    const tree = page.getByRole('region', { name: 'Metadata', exact: true })
    await tree.getByText('accuracy').waitFor()
    await inspect(window, 'version-metadata')
    await tree.getByRole('button', { name: 'Copy ${artifact_metadata.eval.accuracy}' }).click()
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe('${artifact_metadata.eval.accuracy}')
    await tree.getByRole('button', { name: 'eval', exact: true }).click()
    await expect.poll(() => tree.getByText('accuracy').count()).toBe(0)
    await page.getByLabel('Search in: Metadata').fill('0.93')
    await tree.getByText('accuracy').waitFor()
    expect(await tree.getByText('auc').count()).toBe(0)

    await page.getByText('What changed').click()
    const table = page.getByRole('table', { name: 'Metadata of v1 and of v2' })
    await table.getByText('eval.accuracy').waitFor()
    await inspect(window, 'version-diff')
    const rows = await table.getByRole('row').allTextContents()
    expect(rows.find((row) => row.startsWith('eval.accuracy'))).toMatch(/changed0\.840\.93/)
    expect(rows.some((row) => row.startsWith('framework'))).toBe(false)
    await page.goto(page.url().replace('view=diff', 'view=diff&against=v0'))
    await page.getByRole('table', { name: 'Metadata of v0 and of v2' }).getByText('removed').waitFor()
    expect(window.complaints()).toEqual([])
  })

  test('files are found, looked at and downloaded, and whatever they hold is shown as text', async () => {
    await using server = await startTestServer(engine)
    const { entity, project } = await givenWorkspace(server)
    const script = '<script>window.attacked = true</script>'
    await succeeds(server, 'POST', `${collectionPath({ entity, project }, 'evil')}/versions`, {
      type: 'model',
      files: [
        { path: '<script>alert(1)<', content: Buffer.from('a name').toString('base64') },
        { path: 'report.html', content: Buffer.from(`<h1>Hi</h1>${script}`).toString('base64') },
        {
          path: 'plot.svg',
          content: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`).toString('base64'),
        },
        { path: 'data/rows.csv', content: Buffer.from('name,age\n"Lovelace, Ada",36\n').toString('base64') },
        { path: 'data/plot.png', content: DOT.toString('base64') },
        { path: 'data/params.json', content: Buffer.from('{"lr": 0.5}').toString('base64') },
        { path: 'long.txt', content: Buffer.from(`${'x'.repeat(300_000)}THE END`).toString('base64') },
        { path: 'raw.parquet', reference: 's3://bucket/raw.parquet', size: 5_000_000 },
      ],
    })
    await using window = await visit(browser(), server, `/${entity}/${project}/artifacts/model/evil/v0/files`)
    const { page } = window
    const files = page.getByRole('table', { name: 'Files' })
    await files.getByRole('button', { name: 'data' }).waitFor()
    await inspect(window, 'version-files')

    for (const [name, held] of [
      ['report.html', `<h1>Hi</h1>${script}`],
      ['plot.svg', script],
      ['<script>alert(1)<', 'a name'],
    ] as const) {
      await files.getByRole('button', { name, exact: true }).click()
      const text = page.getByRole('region', { name: 'Text of the file' })
      await expect.poll(() => text.textContent()).toContain(held)
    }
    expect(await page.evaluate('window.attacked')).toBeUndefined()
    expect(await page.locator('#main iframe, #main object, #main embed, #main h1:has-text("Hi")').count()).toBe(0)
    await inspect(window, 'version-file')

    await files.getByRole('button', { name: 'long.txt' }).click()
    await page.getByText('The first 262 kB of 300 kB').waitFor()
    expect(await page.getByRole('region', { name: 'Text of the file' }).textContent()).not.toContain('THE END')
    await files.getByRole('button', { name: /raw.parquet/ }).click()
    await page.getByText('the bytes are not here').waitFor()

    await page.getByLabel('Find files').fill('csv')
    await files.getByRole('button', { name: 'data/rows.csv' }).click()
    await page.getByRole('cell', { name: 'Lovelace, Ada' }).waitFor()
    await page.getByLabel('Find files').fill('')
    await files.getByRole('button', { name: 'data', exact: true }).click()
    await files.getByRole('button', { name: 'plot.png' }).click()
    await page.getByRole('img', { name: 'data/plot.png' }).waitFor()
    const width = `document.querySelector('img[alt="data/plot.png"]').naturalWidth`
    await expect.poll(() => page.evaluate<number>(width)).toBe(1)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      files.getByRole('link', { name: 'Download data/params.json' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('params.json')
    expect(window.complaints()).toEqual([])
  })

  test('registries are made, set, renamed and deleted', async () => {
    await using server = await startTestServer(engine)
    const { organization } = await givenWorkspace(server)
    await using window = await visit(browser(), server, `/${organization}`)
    const { page } = window
    await page.waitForURL(`**/orgs/${organization}`)
    await page.getByRole('link', { name: 'models' }).waitFor()
    await inspect(window, 'registries')
    await page.getByRole('link', { name: 'New registry' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('datasets')
    await page.getByRole('radio', { name: /Only its members/ }).check()
    await page.getByRole('radio', { name: 'Only these' }).check()
    await page.getByRole('button', { name: 'Create registry' }).click()
    await page.getByText('Name at least one type').waitFor()
    await page.getByRole('combobox', { name: 'Allowed types' }).fill('dataset')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await inspect(window, 'registry-new')
    await page.getByRole('button', { name: 'Create registry' }).click()
    await page.waitForURL(`**/orgs/${organization}/registry/datasets/artifacts`)
    await page.getByRole('heading', { name: 'Nothing is linked here yet' }).waitFor()
    await inspect(window, 'registry-empty')

    await page.goto(`/orgs/${organization}/registry/models`)
    await page.getByRole('link', { name: 'churn' }).waitFor()
    await inspect(window, 'registry')
    await page.getByRole('link', { name: 'churn' }).click()
    await page
      .getByRole('table', { name: 'Versions' })
      .getByRole('link', { name: /churn-model:v1/ })
      .waitFor()
    await inspect(window, 'registry-collection')

    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('textbox', { name: 'Description' }).fill('What customers get')
    await page.getByRole('radio', { name: 'Only these' }).check()
    const types = page.getByRole('combobox', { name: 'Allowed types' })
    await types.press('Backspace')
    await page.getByText('There are collections of the type model: it stays.').waitFor()
    await types.fill('report')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await inspect(window, 'registry-settings')
    await page.getByRole('link', { name: 'Members', exact: true }).first().click()
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('The registry is changed').waitFor()
    const models = `/projects/${organization}/wandb-registry-models`
    expect(await succeeds(server, 'GET', models)).toMatchObject({
      ...{ description: 'What customers get', allowAllTypes: false, access: 'PRIVATE' },
    })
    expect((await succeeds(server, 'GET', `${models}/artifact-types`)).items).toMatchObject([
      ...[{ name: 'model' }, { name: 'report' }],
    ])
    await succeeds(server, 'POST', `/entities/${organization}/automations`, {
      name: 'Announce the release',
      scope: { type: 'registry', registry: 'models' },
      event: 'LINK_ARTIFACT',
      action: { type: 'nothing' },
    })
    await page.getByRole('button', { name: 'Delete registry' }).click()
    await page.getByText('1 collection with 1 link').waitFor()
    await page.getByText('The automation: Announce the release.').waitFor()
    await inspect(window, 'registry-delete')
    await page.getByRole('button', { name: 'Cancel' }).click()

    await page.goto(`/orgs/${organization}`)
    await page.getByRole('button', { name: 'What to do with datasets' }).click()
    await page.getByRole('menuitem', { name: 'Settings' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('tables')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/orgs/${organization}/registry/tables/settings`)
    await page.getByRole('button', { name: 'Delete registry' }).click()
    await page.getByLabel('Type tables to go on').fill('tables')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/orgs/${organization}`)
    await page.getByRole('link', { name: 'models' }).waitFor()
    await expect.poll(() => page.getByRole('link', { name: 'tables' }).count()).toBe(0)
    expect(window.complaints()).toEqual([])
  })

  test('lineage is a graph to move in and a list to read, and leads from version to version', async () => {
    await using server = await startTestServer(engine)
    const { entity, project } = await givenWorkspace(server)
    await givenLineage(server, { entity, project })
    await using window = await visit(browser(), server, `/${entity}/${project}/artifacts/model/trained/v0/lineage`)
    const { page } = window
    const list = page.getByRole('table', { name: 'Lineage' })
    await list.getByRole('link', { name: /features:v0/ }).waitFor()
    // Found on the way back from the version, and used by a run on the way on from it.
    const evaluate = list.getByRole('row').filter({ has: page.getByRole('link', { name: 'evaluate' }) })
    expect(await evaluate.textContent()).toMatch(/used [^;]*labels:v0/)
    const graph = page.getByRole('group', { name: 'Lineage' })
    await graph.getByRole('link', { name: /features:v0/ }).waitFor()
    await inspect(window, 'version-lineage')
    await list.getByRole('row', { name: /serving-bundle:v0 refers to trained:v0/ }).waitFor()
    await graph.getByRole('link', { name: /^serving-bundle:v0/ }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/artifacts/bundle/serving-bundle/v0/lineage')
    await page.getByText('refers to files of the other version').waitFor()
    await inspect(window, 'version-references')
    await page.goBack()
    await list.getByRole('row', { name: /serving-bundle:v0/ }).waitFor()
    const seen = () => graph.getAttribute('viewBox')
    const before = await seen()
    await page.getByRole('region', { name: /Graph of runs/ }).press('ArrowRight')
    await expect.poll(seen).not.toBe(before)
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(seen).toMatch(/^-24 /)
    const all = await seen()
    await page.getByRole('button', { name: 'Zoom in' }).click()
    await expect.poll(seen).not.toBe(all)
    await page.getByRole('region', { name: /Graph of runs/ }).press('0')
    await expect.poll(seen).toBe(all)
    await list.getByRole('link', { name: /features:v0/ }).click()
    await page.waitForURL('**/artifacts/dataset/features/v0/lineage')

    await page.goto(`/${entity}/${project}/runs`)
    await page.getByRole('table', { name: 'Runs' }).getByRole('link', { name: 'train' }).waitFor()
    await inspect(window, 'runs')
    await page.getByRole('link', { name: 'train' }).click()
    await page.getByRole('table', { name: 'Artifacts it used' }).getByRole('link', { name: 'features:v0' }).waitFor()
    await page.getByRole('table', { name: 'Artifacts it logged' }).getByRole('link', { name: 'trained:v0' }).waitFor()
    await inspect(window, 'run')
  })

  test('a version, an alias and a link that come about elsewhere show by themselves', async () => {
    await using server = await startTestServer(engine)
    const { entity, project, base } = await givenWorkspace(server)
    await using window = await visit(browser(), server, `/${entity}/${project}/artifacts/model/churn-model`)
    const table = window.page.getByRole('table', { name: 'Versions' })
    await table.getByRole('link', { name: 'v2', exact: true }).waitFor()
    await givenVersion(server, { entity, project }, 'churn-model')
    await table.getByRole('link', { name: 'v3', exact: true }).waitFor()
    await succeeds(server, 'PUT', `${base}/aliases/shadow`, { version: 'v0' })
    await table.getByText('shadow').waitFor()
    expect(window.complaints()).toEqual([])
  })

  describeWithTool('wandb-0.30.0', 'with the real client', () => {
    test('every URL that the client prints opens the page it is about', { timeout: 120_000 }, async () => {
      await using server = await startTestServer(engine)
      const { entity, project, organization } = await givenWorkspace(server)
      const { exitCode, stdout, stderr } = await runPython(join(import.meta.dirname, '../clients/urls.py'), {
        env: {
          WANDB_BASE_URL: server.url,
          WANDB_API_KEY: server.adminKey,
          GIVEN_ENTITY: entity,
          GIVEN_PROJECT: project,
        },
        timeoutMs: 90_000,
      })
      expect(exitCode, stderr).toBe(0)
      const urls = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, string>
      await using window = await visit(browser(), server, '/')
      const headings = {
        project: 'Artifacts',
        run: 'first-run',
        printedRun: 'first-run',
        artifact: 'logged:v0',
        registry: 'released:v0',
        portfolio: 'shared:v0',
      }
      for (const [what, heading] of Object.entries(headings)) {
        await window.page.goto(urls[what] ?? what)
        await window.page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
      }
      expect(urls.registry).toContain(`/orgs/${organization}/registry/models?selectionPath=`)
      expect(urls.portfolio).toContain(`/${entity}/registry/model?selectionPath=`)
      expect(window.complaints()).toEqual([])
    })
  })
})
