import { Box, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client'
import { formatBytes } from '../ui/bytes'
import { CodeBlock, Copy } from '../ui/copy'
import { Fact, Facts } from '../ui/facts'
import { Time } from '../ui/time'
import { Aliases, Tags } from './aliases-and-tags'
import { refreshArtifacts } from './changes'
import { EditableText } from './editable-text'
import classes from './names.module.css'
import { isSource, qualifiedName, runPath, versionPath } from './place'
import { TtlButton } from './ttl-button'
import { usageSnippets } from './usage'
import { useMayWrite } from './use-place'
import type { Version } from './version-page'

/** What a version is, who made it, and how one uses it; most of it is changed where it stands. */
export function VersionOverview({ version }: { version: Version }) {
  const isReadOnly = !useMayWrite(version.entity)
  const path = {
    entity: version.entity,
    project: version.project,
    collection: version.collection,
    version: version.version,
  }

  async function patch(body: { description?: string | null; timeToLive?: Version['timeToLive'] }) {
    const { error } = await api.PATCH(
      '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}',
      {
        params: { path },
        body,
      },
    )
    if (error === undefined) await refreshArtifacts()
    return error
  }

  return (
    <Stack gap="lg">
      <EditableText
        label="Description"
        placeholder="Add a description"
        value={version.description}
        isReadOnly={isReadOnly}
        save={(description) => patch({ description })}
      />
      <Facts>
        <Fact label="Aliases">
          <Aliases at={version} values={version.aliases} isReadOnly={isReadOnly} />
        </Fact>
        <Fact label="Tags">
          <Tags at={version} values={version.tags} isReadOnly={isReadOnly} />
        </Fact>
      </Facts>
      <Facts>
        <Origin version={version} />
        <Fact label={isSource(version) === false ? 'Linked' : 'Created'}>
          <Time at={version.addedAt} />
        </Fact>
        <Fact label="Size">
          {formatBytes(version.size)} in {version.fileCount.toLocaleString('en')}{' '}
          {version.fileCount === 1 ? 'file' : 'files'}
        </Fact>
        <Fact label="Time to live">
          <TtlButton
            value={version.timeToLive}
            isReadOnly={isReadOnly}
            inherited="the collection says"
            save={(timeToLive) => patch({ timeToLive })}
          />
        </Fact>
        <Fact label="Expires">
          <Time at={version.expiresAt} />
        </Fact>
        <Fact label="Digest">
          <Box className={classes.mono} component="span">
            {version.digest}
          </Box>
        </Fact>
      </Facts>
      <FullName version={version} />
      <Usage version={version} />
    </Stack>
  )
}

function Origin({ version }: { version: Version }) {
  const { run, source, type } = version
  return (
    <>
      {isSource(version) !== true && (
        <Fact label="Logged as">
          {source === null ? (
            <Text size="sm" c="dimmed">
              not yours to see
            </Text>
          ) : (
            <Link to={versionPath({ ...source, type })} className={classes.name}>
              {qualifiedName(source)}
            </Link>
          )}
        </Fact>
      )}
      <Fact label="Logged by">
        {run === null ? (
          <Text size="sm" c="dimmed">
            no run
          </Text>
        ) : (
          <Link to={runPath(run)} className={classes.name}>
            {run.displayName}
          </Link>
        )}
      </Fact>
    </>
  )
}

function FullName({ version }: { version: Version }) {
  const name = qualifiedName(version)
  return (
    <Facts>
      <Fact label="Full name">
        <Group gap={4} wrap="nowrap">
          <span className={classes.mono}>{name}</span>
          <Copy value={name} label="Copy the full name" />
        </Group>
      </Fact>
    </Facts>
  )
}

function Usage({ version }: { version: Version }) {
  const snippets = usageSnippets(version, location.origin)
  const [chosen, setChosen] = useState(snippets[0]!.title)
  const snippet = snippets.find(({ title }) => title === chosen) ?? snippets[0]!
  return (
    <Stack gap="xs">
      <Title order={2}>Use it</Title>
      <Box>
        <SegmentedControl
          size="xs"
          data={snippets.map(({ title }) => title)}
          value={chosen}
          onChange={setChosen}
          aria-label="Where to use it"
        />
      </Box>
      <CodeBlock code={snippet.code} label={snippet.title} />
    </Stack>
  )
}
