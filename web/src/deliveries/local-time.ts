const two = (value: number) => String(value).padStart(2, '0')

/** A moment as `<input type="datetime-local">` shows it, in the time of this browser. */
export function toLocalInput(date: Date): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}

/** What such an input holds, as the API takes moments. */
export function fromLocalInput(text: string): string {
  return new Date(text).toISOString()
}
