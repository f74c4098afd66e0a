import { Tabs } from '@mantine/core'
import type { ReactNode } from 'react'

/** The parts of a page, one at a time; which one is for the address to know (`useUrlState`). */
export function PageTabs({
  value,
  onChange,
  tabs,
}: {
  value: string
  onChange(value: string): void
  tabs: { value: string; label: ReactNode; panel: ReactNode }[]
}) {
  return (
    <Tabs value={value} onChange={(chosen) => onChange(chosen ?? '')} keepMounted={false}>
      <Tabs.List>
        {tabs.map((tab) => (
          <Tabs.Tab key={tab.value} value={tab.value}>
            {tab.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map((tab) => (
        <Tabs.Panel key={tab.value} value={tab.value} pt="md">
          {tab.panel}
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
