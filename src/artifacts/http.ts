import type { RestApp } from '../http/rest.ts'
import type { World } from '../world.ts'
import { collectionRoutes } from './http-collections.ts'
import { lineageRoutes } from './http-lineage.ts'
import { loggingRoutes } from './http-logging.ts'
import { projectRoutes } from './http-projects.ts'
import { registryRoutes } from './http-registries.ts'
import { runArtifactRoutes } from './http-run-artifacts.ts'
import { timeToLiveRoutes } from './http-ttl.ts'
import { versionRoutes } from './http-versions.ts'

/** Projects, collections, versions, aliases, tags, links and files. */
export function artifactRoutes(app: RestApp, world: World): void {
  projectRoutes(app, world)
  runArtifactRoutes(app, world)
  registryRoutes(app, world)
  collectionRoutes(app, world)
  versionRoutes(app, world)
  lineageRoutes(app, world)
  loggingRoutes(app, world)
  timeToLiveRoutes(app, world)
}
