/** Why a text cannot be a payload; `undefined` if it can, or is empty. Whether its variables exist, the server says. */
export function payloadProblem(text: string): string | undefined {
  if (text.trim() === '') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? undefined
      : 'A payload is a JSON object: { … }.'
  } catch (error) {
    return `This is not JSON yet: ${(error as Error).message}`
  }
}
