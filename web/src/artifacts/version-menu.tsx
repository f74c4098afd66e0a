import { Button, Menu, Stack } from '@mantine/core'
import { IconDots, IconTrash, IconUnlink } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import { api } from '../api/client'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'
import { refreshArtifacts } from './changes'
import { collectionPath } from './place'
import type { Version } from './version-page'
import { WhatChangeFires } from './what-fires'

/** What ends a version here: deleted where it was logged, unlinked where it is linked. */
export function VersionMenu({ version, isLogged }: { version: Version; isLogged: boolean }) {
  const confirm = useConfirm()
  const navigate = useNavigate()
  const { entity, project, collection, aliases } = version
  const name = `${collection}:${version.version}`
  const path = { entity, project, collection, version: version.version }

  async function leave(done: string) {
    await navigate(collectionPath(version, version.type, collection))
    await refreshArtifacts()
    notifyDone(done)
  }

  async function remove() {
    const isSure = await confirm({
      title: `Delete ${name}?`,
      children: (
        <Stack gap="sm">
          <span>
            Its files go, and every link to it in registries and other collections.
            {aliases.length > 0 && ` So do its aliases: ${aliases.join(', ')}.`} Its number is not given again.
          </span>
          <WhatChangeFires version={path} change={{ delete: true }} />
        </Stack>
      ),
      action: aliases.length > 0 ? 'Delete with aliases' : 'Delete version',
      isDangerous: true,
      ...(aliases.some((alias) => alias !== 'latest') ? { typed: name } : {}),
    })
    if (!isSure) return
    const { error } = await api.DELETE(
      '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}',
      { params: { path, query: { deleteAliases: aliases.length > 0 ? 'true' : 'false' } } },
    )
    if (error !== undefined) return notifyProblem(error)
    await leave(`${name} is deleted`)
  }

  async function unlink() {
    const isSure = await confirm({
      title: `Unlink ${name}?`,
      children: (
        <Stack gap="sm">
          <span>
            The version leaves this collection
            {aliases.length > 0 && ` with its aliases here: ${aliases.join(', ')}`}. It stays where it was logged.
          </span>
          <WhatChangeFires version={path} change={{ unlink: true }} />
        </Stack>
      ),
      action: 'Unlink',
      isDangerous: true,
    })
    if (!isSure) return
    const { error } = await api.DELETE('/api/v1/projects/{entity}/{project}/collections/{collection}/links/{version}', {
      params: { path },
    })
    if (error !== undefined) return notifyProblem(error)
    await leave(`${name} is unlinked`)
  }

  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDots size={16} aria-hidden />}>
          More
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {isLogged ? (
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void remove()}>
            Delete version
          </Menu.Item>
        ) : (
          <Menu.Item color="red" leftSection={<IconUnlink size={16} aria-hidden />} onClick={() => void unlink()}>
            Unlink from here
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
