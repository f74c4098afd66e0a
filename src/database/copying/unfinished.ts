import { COPY_PROGRESS } from './table.ts'

/** For the operator: what a server says that is started on a database that is still being filled. */
export const UNFINISHED =
  'The database is being filled by tripline restore or tripline database copy, which has not come to its end: run that ' +
  'command again and let it finish.'

/** A statement of both engines' own that gives one row if a copy into the database has not finished. */
export const UNFINISHED_QUERY = {
  sqlite: `select 1 from sqlite_master where type = 'table' and name = '${COPY_PROGRESS}'`,
  postgres: `select 1 from pg_class where oid = to_regclass('${COPY_PROGRESS}')`,
}
