import { Button, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconFolder, IconPlus } from '@tabler/icons-react'
import { Link, Navigate } from 'react-router'
import type { Schemas } from '../api/client'
import { useViewer } from '../app/session'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import classes from './names.module.css'
import { NewProject } from './new-project'
import { artifactsPath } from './place'
import { useMayWrite, usePart } from './use-place'
import { useProjects } from './use-projects'

type Project = Schemas['ListedProject']

/** The projects of a team or of a person. */
export function ProjectsPage() {
  const entity = usePart('entity')
  const own = useViewer().entities.find(({ name }) => name === entity)
  const [isCreating, creating] = useDisclosure(false)
  const mayWrite = useMayWrite(entity)
  const list = useProjects(entity)
  if (own?.kind === 'organization') return <Navigate to={`/orgs/${encodeURIComponent(entity)}`} replace />
  const create = mayWrite && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={creating.open}>
      New project
    </Button>
  )
  return (
    <Page title={own?.displayName ?? entity} subtitle="Projects" actions={create}>
      <DataTable
        label="Projects"
        columns={COLUMNS}
        list={list}
        rowKey={({ name }) => name}
        empty={
          <EmptyState icon={<IconFolder size={32} aria-hidden />} title="No projects yet" action={create}>
            A project also comes about by itself when the wandb client first logs to it.
          </EmptyState>
        }
      />
      <NewProject entity={entity} isOpen={isCreating} close={creating.close} />
    </Page>
  )
}

const COLUMNS: Column<Project>[] = [
  {
    key: 'name',
    header: 'Name',
    cell: (project) => (
      <Link to={artifactsPath({ entity: project.entity, project: project.name })} className={classes.name}>
        {project.name}
      </Link>
    ),
  },
  {
    key: 'description',
    header: 'Description',
    isExtra: true,
    cell: ({ description }) => (
      <Text size="sm" c="dimmed" lineClamp={1}>
        {description}
      </Text>
    ),
  },
  {
    key: 'created',
    header: 'Created',
    width: '140px',
    isExtra: true,
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
  { key: 'updated', header: 'Last change', width: '140px', cell: ({ changedAt }) => <Time at={changedAt} /> },
]
