import { Badge, Button, Group, Text } from '@mantine/core'
import { IconBox, IconLock, IconPlus } from '@tabler/icons-react'
import { Link } from 'react-router'
import type { Schemas } from '../api/client'
import { useViewer } from '../app/session'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import classes from './names.module.css'
import { artifactsPath } from './place'
import { RegistryMenu } from './registry-menu'
import { registryName } from './registry-settings'
import { usePart } from './use-place'
import { useProjects } from './use-projects'

type Project = Schemas['ListedProject']

/** The registries of an organization. */
export function RegistriesPage() {
  const entity = usePart('entity')
  const viewer = useViewer()
  const own = viewer.entities.find(({ name }) => name === entity)
  const list = useProjects(entity)
  const create =
    viewer.admin || own?.role === 'admin' ? (
      <Button
        component={Link}
        to={`/orgs/${encodeURIComponent(entity)}/registries/new`}
        leftSection={<IconPlus size={16} aria-hidden />}
      >
        New registry
      </Button>
    ) : undefined
  return (
    <Page title={own?.displayName ?? entity} subtitle="Registries of the organization" actions={create}>
      <DataTable
        label="Registries"
        columns={COLUMNS}
        list={{ ...list, rows: list.rows.filter(({ registry }) => registry) }}
        rowKey={({ name }) => name}
        empty={
          <EmptyState icon={<IconBox size={32} aria-hidden />} title="No registries yet" action={create}>
            A registry gathers the versions that the whole organization goes by, such as its released models, linked
            from the projects where they were logged.
          </EmptyState>
        }
      />
    </Page>
  )
}

const COLUMNS: Column<Project>[] = [
  {
    key: 'name',
    header: 'Name',
    cell: (project) => (
      <>
        <Link to={artifactsPath({ entity: project.entity, project: project.name })} className={classes.name}>
          {registryName(project)}
        </Link>
        {project.description !== null && (
          <Text size="xs" c="dimmed" lineClamp={1}>
            {project.description}
          </Text>
        )}
      </>
    ),
  },
  {
    key: 'access',
    header: 'Who sees it',
    isExtra: true,
    cell: ({ access }) =>
      access === 'RESTRICTED' ? (
        <Group gap={6} wrap="nowrap">
          <IconLock size={14} aria-hidden />
          Its members
        </Group>
      ) : (
        'The organization'
      ),
  },
  {
    key: 'types',
    header: 'Types',
    isExtra: true,
    cell: ({ allowAllTypes }) => (
      <Badge variant="light" color="gray" radius="sm" tt="none">
        {allowAllTypes ? 'Any type' : 'Chosen types'}
      </Badge>
    ),
  },
  {
    key: 'collections',
    header: 'Collections',
    width: '110px',
    align: 'right',
    cell: ({ collectionCount }) => collectionCount.toLocaleString('en'),
  },
  {
    key: 'updated',
    header: 'Last change',
    width: '140px',
    isExtra: true,
    cell: ({ changedAt }) => <Time at={changedAt} />,
  },
  { key: 'menu', header: '', width: '52px', cell: (project) => <RegistryMenu project={project} /> },
]
