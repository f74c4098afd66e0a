import { Drawer } from '@mantine/core'
import { type KeyboardEvent, type ReactNode, useState } from 'react'

/**
 * A form beside the page. What is typed stays when it closes: to give it a new beginning, give `children` a new key.
 *
 * Escape closes what is on top alone: a list that is open, a dialog above the drawer, and then the drawer.
 */
export function FormDrawer({
  isOpen,
  onClose,
  title,
  children,
}: {
  isOpen: boolean
  onClose(): void
  title: ReactNode
  children: ReactNode
}) {
  const [wasOpen, setWasOpen] = useState(isOpen)
  if (isOpen && !wasOpen) setWasOpen(true)

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const target = event.target as HTMLElement
    // What stands above the drawer is below it for React, but not in the document.
    const isOwn = event.currentTarget.contains(target)
    const isListOpen = target.getAttribute('aria-expanded') === 'true'
    if (event.key === 'Escape' && isOwn && !isListOpen && !event.defaultPrevented) onClose()
  }

  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      closeOnEscape={false}
      onKeyDown={onKeyDown}
      position="right"
      size="xl"
      title={title}
      keepMounted
    >
      {wasOpen && children}
    </Drawer>
  )
}
