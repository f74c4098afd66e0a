import { useQueryClient } from '@tanstack/react-query'
import { $api } from '../api/client'

/** Makes an API key of a user; the lists of keys then show it. */
export function useNewKey() {
  const queryClient = useQueryClient()
  return $api.useMutation('post', '/api/v1/users/{username}/api-keys', {
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/users/{username}/api-keys'] }),
  })
}
