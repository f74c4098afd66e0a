import type { ReactNode } from 'react'
import classes from './facts.module.css'

/** What is known of a thing: names and values, side by side. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className={classes.facts}>{children}</dl>
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt className={classes.label}>{label}</dt>
      <dd className={classes.value}>{children}</dd>
    </div>
  )
}

/** The same of a list. Names may repeat. */
export function FactList({ facts }: { facts: { name: string; value: ReactNode }[] }) {
  return (
    <Facts>
      {facts.map(({ name, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: their order is fixed
        <Fact key={`${name} ${index}`} label={name}>
          {value}
        </Fact>
      ))}
    </Facts>
  )
}
