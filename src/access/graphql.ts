/** The part of the GraphQL schema that is about users, teams and organizations. */
import './graphql-types.ts'
import './graphql-accounts.ts'
