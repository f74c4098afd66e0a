import type { Value } from './raw-connection.ts'

/** What a row is on neither engine in particular: its values in the order of its table's columns. */
export type Row = readonly Value[]

/** A row as one line, the same for equal rows: JSON, where an integer beyond 2^53 is its digits in quotes. */
export function lineOf(row: Row): string {
  return JSON.stringify(row)
}

/** @throws Error when it is not one */
export function rowOf(line: string): Row {
  const row: unknown = JSON.parse(line)
  if (!Array.isArray(row) || !row.every((value) => value === null || ['number', 'string'].includes(typeof value))) {
    throw new Error('a line is not a row')
  }
  return row
}

/** JavaScript's numbers are exact up to 2^53 only. */
export function codeOfInteger(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** About how much room it takes in memory. */
export function bytesOf(row: Row): number {
  let bytes = 0
  for (const value of row) bytes += typeof value === 'string' ? value.length + 16 : 8
  return bytes
}
