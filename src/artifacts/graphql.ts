/** The part of the GraphQL schema that is about projects, collections, versions and their files. */
import './graphql-types.ts'
import './graphql-reading.ts'
import './graphql-registries.ts'
import './graphql-logging.ts'
import './graphql-editing.ts'
