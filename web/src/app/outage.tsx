import { Loader, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { isThere, useReached } from '../api/reach'
import classes from './outage.module.css'
import { isReadAnew, queryClient } from './query-client'

/** Says that the server does not answer for as long as that lasts; what is shown is brought up to date afterwards. */
export function Outage() {
  const isReached = useReached()
  const wasReached = useRef(true)
  useEffect(() => {
    if (isReached && !wasReached.current) void queryClient.invalidateQueries({ predicate: isReadAnew })
    wasReached.current = isReached
  }, [isReached])
  useEffect(() => {
    const look = () => void isThere()
    for (const event of ['offline', 'online']) addEventListener(event, look)
    return () => {
      for (const event of ['offline', 'online']) removeEventListener(event, look)
    }
  }, [])
  return (
    <div role="status" className={classes.place}>
      {!isReached && (
        <div className={classes.words}>
          <Loader size={14} color="currentColor" aria-hidden />
          <Text size="sm" component="span">
            The server does not answer. What you see may be out of date.
          </Text>
        </div>
      )}
    </div>
  )
}
