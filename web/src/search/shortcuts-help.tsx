import { Group, Kbd, Modal, Stack, Switch, Text } from '@mantine/core'
import { Fragment, useState } from 'react'
import { areSingleKeysOn, GO_KEYS, setSingleKeys } from './shortcuts'

/** Which keys do what, and the switch for those that are single letters. */
export function ShortcutsHelp({ isMac, onClose }: { isMac: boolean; onClose(): void }) {
  const [isOn, setOn] = useState(areSingleKeysOn)
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts" returnFocus={false} transitionProps={{ duration: 0 }}>
      <Stack gap="xs">
        <Shortcut keys={[isMac ? '⌘' : 'Ctrl', 'K']} does="Search" />
        <Shortcut keys={['/']} does="Search" />
        <Shortcut keys={['?']} does="These shortcuts" />
        {GO_KEYS.map(([key, does]) => (
          <Shortcut key={key} keys={['g', key]} does={does} isSequence />
        ))}
        <Switch
          mt="sm"
          label="Shortcuts without Ctrl or ⌘"
          description="Switch them off if keys are pressed that you did not mean, by speech input for instance."
          checked={isOn}
          onChange={({ currentTarget: { checked } }) => {
            setSingleKeys(checked)
            setOn(checked)
          }}
        />
      </Stack>
    </Modal>
  )
}

function Shortcut({ keys, does, isSequence = false }: { keys: string[]; does: string; isSequence?: boolean }) {
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm">{does}</Text>
      <Text size="xs" c="dimmed" component="span">
        {keys.map((key, index) => (
          <Fragment key={key}>
            {index > 0 && (isSequence ? ' then ' : ' + ')}
            <Kbd>{key}</Kbd>
          </Fragment>
        ))}
      </Text>
    </Group>
  )
}
