import { Button, CloseButton, Group, SegmentedControl, Skeleton, Stack, Table, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { formatBytes } from '../ui/bytes'
import { Copy } from '../ui/copy'
import { ProblemAlert } from '../ui/problem-alert'
import { parseCsv } from './csv'
import { decodeText, extensionOf, fileKind, IMAGE_BYTES_MAX, imageType, PREVIEW_BYTES_MAX } from './file-kind'
import type { Entry } from './file-tree'
import classes from './files.module.css'
import { JsonTree } from './json-tree'
import type { Json } from './metadata'

const CSV_ROWS_MAX = 500

/** The beginning of a file, as text, a table, a tree or an image: never as anything that could run. */
export function FilePreview({ entry, url, close }: { entry: Entry; url: string; close(): void }) {
  return (
    <section className={classes.preview} aria-label={`Preview of ${entry.path}`}>
      <div className={classes.bar}>
        <Text size="sm" fw={600} truncate title={entry.path}>
          {entry.path.split('/').at(-1)}
        </Text>
        <Group gap={4} wrap="nowrap">
          {entry.reference === null && (
            <Button
              component="a"
              href={url}
              download
              size="compact-sm"
              variant="default"
              leftSection={<IconDownload size={14} aria-hidden />}
            >
              Download
            </Button>
          )}
          <CloseButton aria-label="Close the preview" onClick={close} />
        </Group>
      </div>
      {entry.reference === null ? <Content entry={entry} url={url} /> : <Reference to={entry.reference} />}
    </section>
  )
}

/** Only text: it may point anywhere, and whoever logged it chose where. */
function Reference({ to }: { to: string }) {
  return (
    <Stack p="md" gap={6}>
      <Text size="sm" c="dimmed">
        A reference: the bytes are not here, but at
      </Text>
      <Group gap={4} wrap="nowrap">
        <Text size="sm" ff="monospace" className={classes.name}>
          {to}
        </Text>
        <Copy value={to} label="Copy where it is" />
      </Group>
    </Stack>
  )
}

function Content({ entry, url }: { entry: Entry; url: string }) {
  const kind = fileKind(entry.path)
  const bytesMax = kind === 'image' ? IMAGE_BYTES_MAX : PREVIEW_BYTES_MAX
  const isCut = entry.size > bytesMax
  const query = useQuery({
    queryKey: ['file', url],
    queryFn: ({ signal }) => readStart(url, bytesMax, signal),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: entry.size > 0 && !(kind === 'image' && isCut),
  })
  if (entry.size === 0) return <Note>The file is empty.</Note>
  if (kind === 'image' && isCut) return <Note>The image is too large to be shown here: download it.</Note>
  if (query.error) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
  if (query.data === undefined) return <Skeleton height={180} radius={0} />
  if (kind === 'image') return <Image bytes={query.data} path={entry.path} />
  const text = decodeText(query.data, isCut)
  if (text === undefined) return <Note>These bytes are no text: download the file to look at it.</Note>
  return (
    <>
      {isCut && (
        <Text size="xs" c="dimmed" px={14} pt={8}>
          The first {formatBytes(PREVIEW_BYTES_MAX)} of {formatBytes(entry.size)}.
        </Text>
      )}
      <Shown text={text} path={entry.path} isCut={isCut} />
    </>
  )
}

async function readStart(url: string, bytesMax: number, signal: AbortSignal): Promise<Uint8Array> {
  const answer = await fetch(url, { signal, headers: { range: `bytes=0-${bytesMax - 1}` } })
  if (!answer.ok) throw await answer.json()
  return new Uint8Array(await answer.arrayBuffer())
}

function Note({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed" p="md">
      {children}
    </Text>
  )
}

function Image({ bytes, path }: { bytes: Uint8Array; path: string }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: imageType(path) }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes, path])
  return url === undefined ? null : <img src={url} alt={path} className={classes.image} />
}

function Shown({ text, path, isCut }: { text: string; path: string; isCut: boolean }) {
  const kind = fileKind(path)
  const json = kind === 'json' && !isCut ? parseJson(text) : undefined
  const rows =
    kind === 'csv'
      ? parseCsv(text, { separator: extensionOf(path) === 'tsv' ? '\t' : ',', rowsMax: CSV_ROWS_MAX, isCut })
      : undefined
  const hasBetter = json !== undefined || rows !== undefined
  const [view, setView] = useState('nice')
  return (
    <>
      {hasBetter && (
        <SegmentedControl
          size="xs"
          m={10}
          mb={0}
          aria-label="How to show the file"
          data={[
            { value: 'nice', label: json === undefined ? 'Table' : 'Tree' },
            { value: 'text', label: 'Text' },
          ]}
          value={view}
          onChange={setView}
        />
      )}
      {hasBetter && view === 'nice' ? (
        json === undefined ? (
          <Rows rows={rows ?? []} />
        ) : (
          <Stack gap={0} p={10}>
            <JsonTree label={path} value={json.value} />
          </Stack>
        )
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={classes.scroll} tabIndex={0} aria-label="Text of the file">
          <pre className={classes.text}>{text}</pre>
        </section>
      )}
    </>
  )
}

function Rows({ rows: [head = [], ...rows] }: { rows: string[][] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.scroll} tabIndex={0} aria-label="Rows of the file">
      <Table striped verticalSpacing={4} fz="xs" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {head.map((field, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places, and names may repeat
              <Table.Th key={column}>{field}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows never change places
            <Table.Tr key={index}>
              {row.map((field, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
                <Table.Td key={column}>{field}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  )
}

function parseJson(text: string): { value: Json } | undefined {
  try {
    const value = JSON.parse(text) as Json
    return typeof value === 'object' && value !== null ? { value } : undefined
  } catch {
    return undefined
  }
}
