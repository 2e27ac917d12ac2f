// The rows of bench/codecs.mjs as CSV and as tables to read.

const fixed = ['family', 'images', 'what', 'form', 'bytes', 'bytesOverAll', 'encodeUs', 'decodeUs']

const numberOf = (value) =>
  value === undefined || Number.isNaN(value) ? '' : String(Number(value.toFixed(4)))
const cellOf = (value) => (typeof value === 'string' ? value : numberOf(value))

export function rawCsv(rows) {
  const exits = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => !fixed.includes(key),
  )
  const columns = [...fixed, ...exits]
  const lines = rows.map((row) => columns.map((column) => cellOf(row[column])).join(';'))
  return `${[columns.join(';'), ...lines].join('\n')}\n`
}

const percent = (share) => (share === undefined ? '' : (share * 100).toFixed(2))
const us = (value) => (Number.isNaN(value) ? '' : Math.round(value).toLocaleString('en'))
const bytes = (value) => (value === undefined ? '' : Math.round(value).toLocaleString('en'))

export function summary(rows, machine) {
  const parts = [...new Set(rows.map(({ family }) => family))].map((family) => {
    const own = rows.filter((row) => row.family === family)
    const exits = Object.keys(own[0]).filter((key) => !fixed.includes(key))
    const what = [...new Set(own.map((row) => row.what))].map((name) => {
      const header = ['form', 'frame, bytes', 'CPU encode, us', 'CPU decode, us', ...exits]
      const lines = own
        .filter((row) => row.what === name)
        .map((row) => [
          row.form,
          bytes(row.bytes),
          us(row.encodeUs),
          us(row.decodeUs),
          ...exits.map((exit) => percent(row[exit])),
        ])
      return `### ${family}: ${name}\n\n${table(header, lines)}`
    })
    return `## ${family}, ${own[0].images} images\n\n${what.join('\n')}`
  })
  return `# Bytes, CPU and accuracy by codec and form of image\n\n${machine}\n\n${parts.join('\n')}`
}

function table(header, lines) {
  const row = (cells) => `| ${cells.join(' | ')} |\n`
  return row(header) + row(header.map(() => '---')) + lines.map(row).join('')
}
