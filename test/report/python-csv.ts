// Reads a CSV as Python's csv.reader(file, delimiter=';') does, by its state machine: quotes open a
// field only at its start, two of them inside are one, line breaks inside quotes belong to the field.

/** Rows of cells. */
export function parseLikePython(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let field = ''
  let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start'
  const endField = () => {
    row.push(field)
    field = ''
    state = 'start'
  }
  for (const c of text) {
    if (state === 'quoted') {
      if (c === '"') state = 'closed'
      else field += c
    } else if (state === 'closed' && c === '"') {
      field += c
      state = 'quoted'
    } else if (c === ';') endField()
    else if (c === '\n') {
      endField()
      rows.push(row)
      row = []
    } else if (state === 'start' && c === '"') state = 'quoted'
    else {
      field += c
      state = 'plain'
    }
  }
  return rows
}
