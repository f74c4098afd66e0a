import type { UseFormReturnType } from '@mantine/form'
import { asProblem, type Problem } from '../api/client'

/**
 * Puts what the server refused beside the fields it is about; what belongs to no field is returned, to be shown above
 * the button.
 *
 * - `fields`: where in the body (JSON Pointer without the leading slash, such as `url` or `action/webhook`) which field
 *   of the form stands. Paths that are not listed are taken as names of fields.
 */
export function showOnFields<Values extends Record<string, unknown>>(
  form: UseFormReturnType<Values>,
  error: unknown,
  fields: Record<string, string> = {},
): Problem | undefined {
  const problem = asProblem(error)
  const known = form.getValues()
  let isAllShown = (problem.errors?.length ?? 0) > 0
  for (const { path, message } of problem.errors ?? []) {
    const pointer = path.replace(/^\//, '')
    const field = fields[pointer] ?? pointer
    if (field in known) form.setFieldError(field, message)
    else isAllShown = false
  }
  return isAllShown ? undefined : problem
}
