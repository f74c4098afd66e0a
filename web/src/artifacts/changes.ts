import { queryClient } from '../app/query-client'

const TOUCHED = /\/projects\/\{entity\}/

/** Asks anew for everything that shows projects, collections and versions. */
export function refreshArtifacts(): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey: [, path] }) => typeof path === 'string' && TOUCHED.test(path),
  })
}
