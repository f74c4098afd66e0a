import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import {
  IconArrowRight,
  IconCopy,
  IconDots,
  IconPencil,
  IconPlayerPlay,
  IconToggleLeft,
  IconTrash,
} from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { Schemas } from '../api/client'
import { useViewer } from '../app/session'
import { useAutomationChanges } from './changes'
import { automationPath, placeOfEntity } from './place'
import { RunNow } from './run-now'

/** What can be done with one automation, in its row and on its page. */
export function AutomationMenu({
  automation,
  may,
  isOpen = false,
}: {
  automation: Schemas['Automation']
  may: boolean
  /** On its own page there is no need to open it. */
  isOpen?: boolean
}) {
  const viewer = useViewer()
  const navigate = useNavigate()
  const { setEnabled, remove } = useAutomationChanges()
  const [isRunning, running] = useDisclosure(false)
  const { id, name, enabled, entity } = automation
  const { base } = placeOfEntity(viewer, entity)
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`What to do with “${name}”`}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {!isOpen && (
            <Menu.Item component={Link} to={automationPath(id)} leftSection={<IconArrowRight size={16} aria-hidden />}>
              Open
            </Menu.Item>
          )}
          {may && (
            <>
              <Menu.Item
                component={Link}
                to={`${automationPath(id)}/edit`}
                leftSection={<IconPencil size={16} aria-hidden />}
              >
                Edit
              </Menu.Item>
              <Menu.Item
                component={Link}
                to={`${base}/automations/new?from=${encodeURIComponent(id)}`}
                leftSection={<IconCopy size={16} aria-hidden />}
              >
                Duplicate
              </Menu.Item>
              <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={running.open}>
                Run now…
              </Menu.Item>
              <Menu.Item
                leftSection={<IconToggleLeft size={16} aria-hidden />}
                onClick={() => void setEnabled(automation, !enabled)}
              >
                {enabled ? 'Disable' : 'Enable'}
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={16} aria-hidden />}
                onClick={async () => {
                  if ((await remove(automation)) && isOpen) await navigate(`${base}/automations`)
                }}
              >
                Delete…
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <RunNow automation={automation} isOpen={isRunning} onClose={running.close} />
    </>
  )
}
