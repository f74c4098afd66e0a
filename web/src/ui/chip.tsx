import type { ReactNode } from 'react'
import classes from './chip.module.css'

export type ChipColor = 'gray' | 'indigo' | 'blue' | 'green' | 'yellow' | 'orange' | 'red'

/**
 * A word or two on a tinted ground: Mantine's light badge, made of plain elements, for lists of thousands.
 *
 * - `isWhole`: it is never cut, however little room there is: for words of ours, which are short.
 */
export function Chip({
  color,
  end,
  isWhole = false,
  children,
}: {
  color: ChipColor
  end?: ReactNode
  isWhole?: boolean
  children: ReactNode
}) {
  return (
    <span
      className={`${classes.chip} ${classes[color]} ${isWhole ? '' : classes.cut}`}
      data-ends={end === undefined ? undefined : true}
    >
      <span className={classes.text}>{children}</span>
      {end}
    </span>
  )
}
