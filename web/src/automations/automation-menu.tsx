import { Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowRight, IconCopy, IconPencil, IconPlayerPlay, IconToggleLeft } from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { Schemas } from '../api/client'
import { useViewer } from '../app/session'
import { DeleteItem, RowMenu } from '../ui/row-menu'
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
      <RowMenu label={`What to do with “${name}”`} width={230}>
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
            <DeleteItem
              onClick={async () => {
                if ((await remove(automation)) && isOpen) await navigate(`${base}/automations`)
              }}
            >
              Delete…
            </DeleteItem>
          </>
        )}
      </RowMenu>
      <RunNow automation={automation} isOpen={isRunning} onClose={running.close} />
    </>
  )
}
