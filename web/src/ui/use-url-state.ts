import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

/** A filter or a tab that lives in the URL, so that the page can be shared and gone back to. Empty: not in the URL. */
export function useUrlState(name: string, fallback = ''): [string, (value: string | null) => void] {
  const [params, setParams] = useSearchParams()
  const set = useCallback(
    (value: string | null) => {
      setParams(
        (before) => {
          const after = new URLSearchParams(before)
          if (value === null || value === '' || value === fallback) after.delete(name)
          else after.set(name, value)
          return after
        },
        { replace: true, preventScrollReset: true },
      )
    },
    [setParams, name, fallback],
  )
  return [params.get(name) ?? fallback, set]
}
