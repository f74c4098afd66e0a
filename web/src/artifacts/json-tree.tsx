import { Box, Group, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight, IconSearch } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { Copy } from '../ui/copy'
import classes from './json-tree.module.css'
import { isBranch, type Json, type Node, pathKey, treeLines } from './metadata'

const LINES_DRAWN_MAX = 2_000
const OPEN_DEPTH = 2

/**
 * Any JSON as a tree to look into and search.
 *
 * - `copyOf`: what a line's button copies, and what it is called; `undefined` for a line without one.
 */
export function JsonTree({
  label,
  value,
  copyOf,
}: {
  label: string
  value: Json
  copyOf?: (path: string[]) => { text: string; label: string } | undefined
}) {
  const [text, setText] = useState('')
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set())
  const isOpen = (path: string[]) => path.length < OPEN_DEPTH !== toggled.has(pathKey(path))
  // biome-ignore lint/correctness/useExhaustiveDependencies: `isOpen` is what has been toggled
  const lines = useMemo(() => treeLines(value, { isOpen, text }), [value, text, toggled])
  const toggle = (path: string[]) =>
    setToggled((before) => {
      const after = new Set(before)
      const key = pathKey(path)
      if (!after.delete(key)) after.add(key)
      return after
    })
  return (
    <>
      <Group mb="xs">
        <TextInput
          aria-label={`Search in: ${label}`}
          placeholder="Search keys and values"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          w={280}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Copy value={JSON.stringify(value, null, 2)} label={`Copy all as JSON: ${label}`} />
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={classes.tree} aria-label={label} tabIndex={0}>
        {lines.slice(0, LINES_DRAWN_MAX).map((line) => (
          <Line
            key={pathKey(line.path)}
            line={line}
            isOpen={text !== '' || isOpen(line.path)}
            toggle={toggle}
            copyOf={copyOf}
          />
        ))}
        {lines.length === 0 && (
          <Text size="sm" c="dimmed" p="xs">
            Nothing like that.
          </Text>
        )}
        {lines.length > LINES_DRAWN_MAX && (
          <Text size="sm" c="dimmed" p="xs">
            {(lines.length - LINES_DRAWN_MAX).toLocaleString('en')} more lines: search, or close branches.
          </Text>
        )}
      </section>
    </>
  )
}

function Line({
  line,
  isOpen,
  toggle,
  copyOf,
}: {
  line: Node
  isOpen: boolean
  toggle(path: string[]): void
  copyOf: ((path: string[]) => { text: string; label: string } | undefined) | undefined
}) {
  const copy = copyOf?.(line.path)
  return (
    <div className={classes.line} style={{ paddingLeft: 8 + line.depth * 18 }}>
      {line.count === undefined || line.count === 0 ? (
        <span className={`${classes.key} ${classes.leaf}`}>{line.key}</span>
      ) : (
        <UnstyledButton className={classes.branch} onClick={() => toggle(line.path)} aria-expanded={isOpen}>
          {isOpen ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
          <span className={classes.key}>{line.key}</span>
        </UnstyledButton>
      )}
      {line.count === undefined ? (
        <span className={`${classes.value} ${typeof line.value === 'string' ? classes.string : ''}`}>
          {leafWords(line.value)}
        </span>
      ) : (
        <span className={classes.count}>{Array.isArray(line.value) ? `[${line.count}]` : `{${line.count}}`}</span>
      )}
      {copy !== undefined && (
        <Box className={classes.copy}>
          <Copy value={copy.text} label={copy.label} />
        </Box>
      )}
    </div>
  )
}

/** A single value as it is read: text as it is, everything else as JSON. */
export function leafWords(value: Json | undefined): string {
  if (typeof value === 'string') return value
  return isBranch(value) ? JSON.stringify(value) : String(value)
}
