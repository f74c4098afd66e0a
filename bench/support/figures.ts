/** The value below which a share `q` of `values` lies; of an even number of values the upper one of the middle two. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

/** `median (lowest–highest)` over runs; the bare figure where there was one run. */
export function spread(values: readonly number[], digits: number): string {
  const [lowest, middle, highest] = [Math.min(...values), quantile(values, 0.5), Math.max(...values)]
  if (values.length === 1) return middle.toFixed(digits)
  return `${middle.toFixed(digits)} (${lowest.toFixed(digits)}–${highest.toFixed(digits)})`
}

/** Run by run, what `values` are of `baseline`. */
export function ratios(values: readonly number[], baseline: readonly number[]): number[] {
  return values.map((value, run) => value / baseline[run]!)
}

/** Run by run, what `values` are above `baseline`. */
export function differences(values: readonly number[], baseline: readonly number[]): number[] {
  return values.map((value, run) => value - baseline[run]!)
}

/** Prints a Markdown table, its columns aligned so that a terminal shows one too. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`
  console.log()
  console.log(line(head))
  console.log(line(widths.map((width) => '-'.repeat(width))))
  for (const row of rows) console.log(line(row))
}
