import { Anchor, Button, Container, Group, Stack, Text, Title } from '@mantine/core'
import { IconUnlink } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { Link, useRouteError } from 'react-router'
import { asProblem } from '../api/client'
import { isThere } from '../api/reach'
import { useHeadingFocus } from './use-heading-focus'

/** What a link that leads nowhere opens. */
export function NotFound({ what = 'page' }: { what?: string }) {
  return (
    <Dead title={`No such ${what}`} text="It may have been renamed or deleted, or it is not yours to see.">
      <Button component={Link} to="/">
        Go to Home
      </Button>
    </Dead>
  )
}

/** What a page that broke shows instead of itself. After an upgrade of the server its old files are gone: it loads anew. */
export function RouteFailure() {
  const error = useRouteError()
  const isOutdated = isOfLoading(error)
  const [isShown, setShown] = useState(!isOutdated)
  useEffect(() => {
    if (!isOutdated) return
    let isLeft = false
    // Not before there is somebody to load it from: the browser would have nothing to show but its own word for that.
    async function reload() {
      while (!isLeft && !(await isThere())) {
        setShown(true)
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
      if (isLeft) return
      if (shouldReload()) location.reload()
      else setShown(true)
    }
    void reload()
    return () => {
      isLeft = true
    }
  }, [isOutdated])
  if (!isShown) return null
  return (
    <Dead
      title="This page has failed"
      text={
        isOutdated
          ? 'A part of it cannot be loaded: the server does not answer, or has just been upgraded. It is loaded again as soon as that works.'
          : asProblem(error).detail
      }
    >
      <Button onClick={() => location.reload()}>Load it again</Button>
      <Anchor href="/">Go to Home</Anchor>
    </Dead>
  )
}

/** Whether a script of the page, in the words of each browser, or a style sheet, in Vite's, could not be had. */
function isOfLoading(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error instanceof TypeError ? /import|module/i.test(error.message) : /^Unable to preload/.test(error.message)
}

/** How soon it is looked again whether the server answers. */
const LOOK_MS = 2_000
const RELOADED_AT = 'tripline-reloaded-at'
const RELOAD_PAUSE_MS = 30_000

/** Once in a while, lest a file that cannot be had makes a page load itself for ever. */
function shouldReload(): boolean {
  const last = Number(sessionStorage.getItem(RELOADED_AT) ?? 0)
  if (Date.now() - last < RELOAD_PAUSE_MS) return false
  sessionStorage.setItem(RELOADED_AT, String(Date.now()))
  return true
}

function Dead({ title, text, children }: { title: string; text: string; children: React.ReactNode }) {
  const h1 = useRef<HTMLHeadingElement>(null)
  useHeadingFocus(h1)
  useEffect(() => {
    document.title = `${title} · Tripline`
  }, [title])
  return (
    <Container size="xs" py={80}>
      <Stack align="center" ta="center">
        <IconUnlink size={32} stroke={1.6} aria-hidden />
        <Title order={1} ref={h1} tabIndex={-1} className="no-ring">
          {title}
        </Title>
        <Text c="dimmed">{text}</Text>
        <Group>{children}</Group>
      </Stack>
    </Container>
  )
}
