import { Box, Kbd, Modal, Text, TextInput, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import {
  IconBolt,
  IconBox,
  IconBuildingWarehouse,
  IconFile,
  IconFolder,
  IconHistory,
  IconPlayerPlay,
  IconPlus,
  IconSearch,
} from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { Link, useLocation, useNavigate } from 'react-router'
import { $api, asProblem } from '../api/client'
import { useViewer } from '../app/session'
import {
  type Destination,
  type DestinationKind,
  foundOnServer,
  type Group,
  pagesThatFit,
  withoutText,
} from './destinations'
import classes from './palette.module.css'
import { readPlaces } from './recent'

const PAUSE_MS = 150
const EACH_MAX = 5
const LIST_ID = 'palette-list'

const ICONS: Record<DestinationKind, typeof IconBolt> = {
  recent: IconHistory,
  page: IconFile,
  action: IconPlus,
  project: IconFolder,
  registry: IconBuildingWarehouse,
  collection: IconBox,
  automation: IconBolt,
  run: IconPlayerPlay,
}

/** Finds what there is and leads there, by keyboard alone if one likes. */
export function Palette({ onClose, onHelp }: { onClose(isLeaving: boolean): void; onHelp(): void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const navigate = useNavigate()
  const { groups, isSearching, failure } = useGroups(text.trim())
  const flat = groups.flatMap(({ destinations }) => destinations)
  const active = Math.min(at, flat.length - 1)
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.querySelector(`#${optionId(active)}`)?.scrollIntoView({ block: 'nearest' })
  }, [active])

  function leave() {
    onClose(true)
  }

  function onKeyDown(event: KeyboardEvent) {
    const moved = movedTo(event.key, active, flat.length)
    const chosen = flat[active]
    if (moved !== undefined) {
      event.preventDefault()
      setAt(moved)
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing && chosen !== undefined) {
      event.preventDefault()
      if (event.ctrlKey || event.metaKey) window.open(chosen.to, '_blank', 'noopener')
      else void navigate(chosen.to)
      leave()
    }
  }

  return (
    <Modal.Root
      opened
      onClose={() => onClose(false)}
      returnFocus={false}
      size={620}
      yOffset="10vh"
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label="Search">
        <Modal.Body p={0} className={classes.body}>
          <TextInput
            data-autofocus
            variant="unstyled"
            size="md"
            className={classes.input}
            leftSection={<IconSearch size={18} aria-hidden />}
            placeholder="Automations, collections, projects, runs, pages…"
            aria-label="Search for something to open"
            role="combobox"
            aria-expanded={flat.length > 0}
            aria-controls={LIST_ID}
            aria-autocomplete="list"
            aria-activedescendant={active < 0 ? undefined : optionId(active)}
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value)
              setAt(0)
            }}
            onKeyDown={onKeyDown}
          />
          <Box ref={list} id={LIST_ID} role="listbox" aria-label="Found" className={classes.list} tabIndex={-1}>
            <Groups groups={groups} active={active} onHover={setAt} onChoose={leave} />
          </Box>
          <Outcome text={text.trim()} count={flat.length} isSearching={isSearching} failure={failure} />
          <Box className={classes.foot}>
            <span>
              <Kbd size="xs">↑</Kbd> <Kbd size="xs">↓</Kbd> choose
            </span>
            <span>
              <Kbd size="xs">Enter</Kbd> open
            </span>
            <span>
              <Kbd size="xs">Esc</Kbd> close
            </span>
            <UnstyledButton className={classes.help} onClick={onHelp}>
              All shortcuts
            </UnstyledButton>
          </Box>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

/** What fits, of what the app knows at once and, a moment later, of what the server finds. */
function useGroups(text: string): { groups: Group[]; isSearching: boolean; failure: string | undefined } {
  const viewer = useViewer()
  const { pathname } = useLocation()
  const [asked] = useDebouncedValue(text, PAUSE_MS)
  const [recent] = useState(() => readPlaces(viewer.username))
  const query = $api.useQuery(
    'get',
    '/api/v1/search',
    { params: { query: { q: asked, limit: EACH_MAX } } },
    { enabled: asked !== '', placeholderData: keepPreviousData },
  )
  if (text === '') {
    return { groups: withoutText({ recent, pathname, viewer }), isSearching: false, failure: undefined }
  }
  const found = query.data === undefined || asked === '' ? [] : foundOnServer(query.data)
  return {
    groups: [...pagesThatFit(text, { pathname, viewer }), ...found],
    isSearching: asked !== text || query.isFetching,
    failure: query.error === null ? undefined : asProblem(query.error).detail,
  }
}

function Groups({
  groups,
  active,
  onHover,
  onChoose,
}: {
  groups: Group[]
  active: number
  onHover(index: number): void
  onChoose(): void
}) {
  let before = 0
  return groups.map(({ title, destinations }) => {
    const from = before
    before += destinations.length
    return (
      // biome-ignore lint/a11y/useSemanticElements: a group of a listbox, for which HTML has no element
      <div key={title} role="group" aria-label={title}>
        <Text size="xs" fw={650} c="dimmed" px="md" pt="xs" pb={4} aria-hidden>
          {title}
        </Text>
        {destinations.map((destination, index) => (
          <Option
            key={`${destination.kind} ${destination.to}`}
            destination={destination}
            id={optionId(from + index)}
            isActive={from + index === active}
            onHover={() => onHover(from + index)}
            onChoose={onChoose}
          />
        ))}
      </div>
    )
  })
}

function Option({
  destination: { kind, label, where, to },
  id,
  isActive,
  onHover,
  onChoose,
}: {
  destination: Destination
  id: string
  isActive: boolean
  onHover(): void
  onChoose(): void
}) {
  const Icon = ICONS[kind]
  return (
    <Link
      id={id}
      to={to}
      role="option"
      aria-selected={isActive}
      tabIndex={-1}
      className={classes.option}
      onPointerMove={isActive ? undefined : onHover}
      onClick={onChoose}
    >
      <Icon size={18} stroke={1.6} aria-hidden />
      <span className={classes.label}>{label}</span>
      {where !== '' && !label.endsWith(where) && <span className={classes.where}>{where}</span>}
    </Link>
  )
}

/** How much was found: said to screen readers, and shown when it is nothing. */
function Outcome(props: { text: string; count: number; isSearching: boolean; failure: string | undefined }) {
  const { text, count, isSearching, failure } = props
  const isNothing = count === 0 && !isSearching
  const said =
    failure ?? (isSearching ? '' : isNothing && text !== '' ? `Nothing is called “${text}”.` : `${count} found`)
  if (failure === undefined && !isNothing) {
    return <VisuallyHidden role="status">{said}</VisuallyHidden>
  }
  return (
    <Text role="status" size="sm" c="dimmed" p="md">
      {said}
    </Text>
  )
}

function movedTo(key: string, from: number, count: number): number | undefined {
  if (count === 0) return undefined
  if (key === 'ArrowDown') return (from + 1) % count
  if (key === 'ArrowUp') return (from - 1 + count) % count
  if (key === 'PageDown') return Math.min(count - 1, from + 8)
  if (key === 'PageUp') return Math.max(0, from - 8)
  return undefined
}

const optionId = (index: number) => `palette-option-${index}`
