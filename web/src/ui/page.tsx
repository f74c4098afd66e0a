import { Box, Breadcrumbs, Group, Stack, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link } from 'react-router'
import { NotFound } from '../app/route-failure'
import { useHeadingFocus } from '../app/use-heading-focus'
import { useMissingArea } from '../app/use-missing-area'
import { useRememberedPlace } from '../search/use-remembered-place'
import classes from './page.module.css'

export type Crumb = { label: string; to: string }

type Props = {
  /** For the tab and, unless `heading` is given, the heading. */
  title: string
  heading?: ReactNode
  /** `unknown`: not yet, but there will be some. */
  crumbs?: Crumb[] | 'unknown'
  actions?: ReactNode
  subtitle?: ReactNode
  children: ReactNode
}

/**
 * The frame of every page: its title in the tab, where it is, its heading, what can be done on it. Where the project, team or
 * organization that it is in is not there, that is all there is to say.
 */
export function Page(props: Props) {
  const missing = useMissingArea()
  return missing === undefined ? <Shown {...props} /> : <NotFound what={missing} />
}

function Shown({ title, heading, crumbs = [], actions, subtitle, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Tripline`
  }, [title])
  const h1 = useRef<HTMLHeadingElement>(null)
  useHeadingFocus(h1)
  useRememberedPlace(title)
  return (
    <Stack gap="md" className={classes.page}>
      <Way crumbs={crumbs} />
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box miw={0} flex="1 1 260px">
          <Title order={1} className={classes.heading} ref={h1} tabIndex={-1}>
            {heading ?? title}
          </Title>
          {subtitle !== undefined && <Box className={classes.subtitle}>{subtitle}</Box>}
        </Box>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  )
}

/** The way to the page, each step a link; where it is not known yet, the room that it will take. */
function Way({ crumbs }: { crumbs: Crumb[] | 'unknown' }) {
  if (crumbs === 'unknown') return <Box className={classes.noCrumbs} />
  if (crumbs.length === 0) return null
  return (
    <Box component="nav" aria-label="Where you are">
      <Breadcrumbs className={classes.crumbs} separatorMargin={6}>
        {crumbs.map(({ label, to }) => (
          <Link key={to} to={to} className={classes.crumb}>
            {label}
          </Link>
        ))}
      </Breadcrumbs>
    </Box>
  )
}
