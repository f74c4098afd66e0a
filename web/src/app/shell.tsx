import { AppShell, Box, Burger, Group, UnstyledButton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { type KeyboardEvent, type MouseEvent, type ReactNode, useRef, useState } from 'react'
import { Link, ScrollRestoration, useLocation } from 'react-router'
import { Search } from '../search/search'
import { NARROW } from '../ui/narrow'
import { useAskBeforeLeaving } from '../ui/use-leave-guard'
import { ColorSchemeButton } from './color-scheme-button'
import { Logo } from './logo'
import { Outage } from './outage'
import classes from './shell.module.css'
import { Sidebar } from './sidebar'
import { UserMenu } from './user-menu'

const NAVBAR_WIDTH_PX = 232

/** The frame around every page: what is above, and beside it what there is in this part of the app. */
export function Shell({ children }: { children: ReactNode }) {
  const { pathname } = useLocation()
  useAskBeforeLeaving()
  // Another page closes the menu at once: what it covers cannot take the focus.
  const [openAt, setOpenAt] = useState<string>()
  const isOpen = openAt === pathname
  const close = () => setOpenAt(undefined)
  const main = useRef<HTMLDivElement>(null)
  const burger = useRef<HTMLButtonElement>(null)
  const isNarrow = useMediaQuery(NARROW)
  const isCovered = isOpen && isNarrow === true

  /** By hand, lest the address get a fragment that says nothing. */
  function skip(event: MouseEvent) {
    event.preventDefault()
    main.current?.focus({ preventScroll: true })
    window.scrollTo({ top: 0 })
  }

  function closeOnEscape(event: KeyboardEvent) {
    if (event.key !== 'Escape' || !isCovered || event.defaultPrevented) return
    close()
    burger.current?.focus()
  }

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: NAVBAR_WIDTH_PX, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
      onKeyDown={closeOnEscape}
    >
      <UnstyledButton component="a" href="#main" className="skip-link" onClick={skip}>
        Skip to the page
      </UnstyledButton>
      <AppShell.Header className={classes.header} aria-label="Tripline">
        <Group gap="xs" wrap="nowrap">
          <Burger
            ref={burger}
            opened={isOpen}
            onClick={() => setOpenAt(isOpen ? undefined : pathname)}
            hiddenFrom="sm"
            size="sm"
            aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
            aria-expanded={isOpen}
            aria-controls="menu"
          />
          <Link to="/" className={classes.logo}>
            <Logo />
            Tripline
          </Link>
        </Group>
        <Group gap={4} wrap="nowrap">
          <Search />
          <ColorSchemeButton />
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar id="menu" className={classes.navbar} data-closed={!isOpen || undefined} aria-label="Main">
        <Sidebar />
      </AppShell.Navbar>
      <AppShell.Main inert={isCovered}>
        <Box id="main" ref={main} tabIndex={-1} className={classes.main}>
          {children}
        </Box>
      </AppShell.Main>
      <Outage />
      {/* After the page: a list that is drawn in part has its own idea of where to begin. */}
      <ScrollRestoration />
    </AppShell>
  )
}
