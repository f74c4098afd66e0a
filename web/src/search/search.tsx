import { Kbd, Text, UnstyledButton } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { useArea } from '../app/use-area'
import classes from './search.module.css'
import { areSingleKeysOn, destinationOf, isForFocused } from './shortcuts'

const loadPalette = () => import('./palette')
/** Ahead of time; should that fail, it is tried again when it is wanted. */
const preloadPalette = () => void loadPalette().catch(() => {})
const loadHelp = () => import('./shortcuts-help')
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))
const ShortcutsHelp = lazy(async () => ({ default: (await loadHelp()).ShortcutsHelp }))

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform)
/** Within which the second key of two has to follow. */
const SEQUENCE_MS = 1_200

type Open = 'palette' | 'help' | undefined

/** The button that opens the palette, and the keys that work everywhere. What they open is loaded when it is needed. */
export function Search() {
  const [open, setOpen] = useState<Open>()
  const opener = useRef<Element | null>(null)
  const show = useCallback((what: Open) => {
    opener.current = document.activeElement
    setOpen(what)
  }, [])
  useKeys(show)
  // Once nothing else is to be done, so that the first keys that are typed into it are not lost.
  useEffect(() => {
    const idle = setTimeout(preloadPalette, 2_000)
    return () => clearTimeout(idle)
  }, [])

  /** Back to where the focus was, unless another page is opened, which takes it. */
  function close(isLeaving: boolean) {
    setOpen(undefined)
    if (!isLeaving && opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true })
  }

  return (
    <>
      <UnstyledButton
        className={classes.button}
        onClick={() => show('palette')}
        onPointerEnter={preloadPalette}
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
      >
        <IconSearch size={16} aria-hidden />
        <Text size="sm" component="span" className={classes.name}>
          Search
        </Text>
        <Kbd size="xs" className={classes.wide} aria-hidden>
          {IS_MAC ? '⌘K' : 'Ctrl K'}
        </Kbd>
      </UnstyledButton>
      <Suspense>
        {open === 'palette' && <Palette onClose={close} onHelp={() => setOpen('help')} />}
        {open === 'help' && <ShortcutsHelp isMac={IS_MAC} onClose={() => close(false)} />}
      </Suspense>
    </>
  )
}

/** Ctrl or ⌘ with K everywhere; `/`, `?` and `g` with another key where nothing else takes letters. */
function useKeys(show: (what: Open) => void): void {
  const area = useArea()
  const navigate = useNavigate()
  const goPressedAt = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault()
        if (document.querySelector('[role=dialog]') === null) show('palette')
        return
      }
      if (isForFocused(event) || !areSingleKeysOn()) return
      const isSecond = event.timeStamp - goPressedAt.current < SEQUENCE_MS
      goPressedAt.current = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
      if (isSecond) {
        const to = destinationOf(event.key, area)
        if (to !== undefined) void navigate(to)
      } else if (event.key === '?' || event.key === '/') {
        event.preventDefault()
        show(event.key === '?' ? 'help' : 'palette')
      }
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [area, navigate, show])
}
