// Text in the columns of a terminal: words that flow, and a list of names with texts beside them.

/** Lines of at most `width` columns where words allow it, each `indent` columns in. */
export function flow(text: string, width: number, indent = 0): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((one) => `${' '.repeat(indent)}${one}`)
}

/** Names two columns in, their texts in one column beside them; a long name has a line of its own. */
export function hang(
  rows: readonly (readonly [name: string, text: string])[],
  width: number,
): readonly string[] {
  const widest = Math.max(0, ...rows.map(([name]) => name.length).filter((length) => length <= 30))
  const column = Math.min(widest + 4, Math.floor(width / 2))
  return rows.flatMap(([name, text]) => {
    const beside = flow(text, width, column)
    if (name.length + 4 > column) return [`  ${name}`, ...beside]
    const [first = '', ...others] = beside
    return [`  ${name}`.padEnd(column) + first.slice(column), ...others]
  })
}
