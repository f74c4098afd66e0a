import { Input, SegmentedControl, useMatches } from '@mantine/core'
import { useId } from 'react'

/** One of a few, all seen at once; below each other where the screen is narrow. */
export function Segments<Value extends string>({
  label,
  isLabelHidden = false,
  value,
  onChange,
  data,
}: {
  label: string
  isLabelHidden?: boolean
  value: Value
  onChange(value: Value): void
  data: { value: Value; label: string }[]
}) {
  const id = useId()
  const orientation = useMatches<'vertical' | 'horizontal'>({ base: 'vertical', sm: 'horizontal' })
  return (
    <div>
      <Input.Label component="div" id={id} display={isLabelHidden ? 'none' : 'block'} mb={4}>
        {label}
      </Input.Label>
      <SegmentedControl
        aria-label={label}
        orientation={orientation}
        transitionDuration={0}
        value={value}
        onChange={(chosen) => onChange(chosen as Value)}
        data={data}
      />
    </div>
  )
}
