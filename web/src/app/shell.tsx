import { AppShell, Box, Burger, Group, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type ReactNode, useEffect } from 'react'
import { Link, useLocation } from 'react-router'
import { ColorSchemeButton } from './color-scheme-button'
import { Logo } from './logo'
import classes from './shell.module.css'
import { Sidebar } from './sidebar'
import { UserMenu } from './user-menu'

const NAVBAR_WIDTH_PX = 232

/** The frame around every page: what is above, and beside it what there is in this part of the app. */
export function Shell({ children }: { children: ReactNode }) {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const { pathname } = useLocation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the drawer
  useEffect(close, [pathname, close])
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: NAVBAR_WIDTH_PX, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <UnstyledButton component="a" href="#main" className="skip-link">
        Skip to the page
      </UnstyledButton>
      <AppShell.Header className={classes.header}>
        <Group gap="xs" wrap="nowrap">
          <Burger
            opened={isOpen}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
            aria-expanded={isOpen}
          />
          <Link to="/" className={classes.logo}>
            <Logo />
            Tripline
          </Link>
        </Group>
        <Group gap={4} wrap="nowrap">
          <ColorSchemeButton />
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label="Main">
        <Sidebar />
      </AppShell.Navbar>
      <AppShell.Main>
        <Box id="main" tabIndex={-1} className={classes.main}>
          {children}
        </Box>
      </AppShell.Main>
    </AppShell>
  )
}
