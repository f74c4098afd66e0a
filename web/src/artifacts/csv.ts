/** The rows of a CSV, fields quoted as in RFC 4180, at most `rowsMax`. A last row that was cut off is left out by `isCut`. */
export function parseCsv(text: string, options: { separator: string; rowsMax: number; isCut: boolean }): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let field = ''
  let isQuoted = false
  const endRow = () => {
    rows.push([...row, field])
    row = []
    field = ''
  }
  for (let at = 0; at < text.length && rows.length < options.rowsMax; at++) {
    const character = text[at] as string
    if (isQuoted) {
      if (character !== '"') field += character
      else if (text[at + 1] === '"') field += text[++at]
      else isQuoted = false
    } else if (character === '"' && field === '') isQuoted = true
    else if (character === options.separator) {
      row.push(field)
      field = ''
    } else if (character === '\n') endRow()
    else if (character !== '\r') field += character
  }
  const hasRest = field !== '' || row.length > 0
  if (hasRest && rows.length < options.rowsMax && !options.isCut) endRow()
  return rows
}
