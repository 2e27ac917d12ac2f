// What a run leaves: its facts, raw data and a page in bench/runs/, and its tables in docs/reliability.md, between
// markers, so that the page never says what was not run.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kafkaVersion } from '../../scripts/install-kafka.mjs'

export const repoRoot = fileURLToPath(new URL('../..', import.meta.url))

/** Machine, versions and date of a run, as lines of a list. */
export function factsOf(root, command) {
  const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'))
  const lock = read('package-lock.json').packages
  const of = (name) => lock[`node_modules/${name}`]?.version
  const [cpu] = cpus()
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} x ${cpu.model}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    versions: `ddnn ${read('package.json').version}, Node ${process.version}, kafkajs ${of('kafkajs')}, Kafka ${kafkaVersion}`,
  }
}

/** A Markdown table of equal columns. */
export function markdownTable(columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Writes `raw.json`, `raw.csv` (the table's cells) and README.md of one kind of run. */
export function writeRun(out, { title, facts, notes = [], columns, rows, raw }) {
  mkdirSync(out, { recursive: true })
  const list = Object.entries(facts).map(([key, value]) => `- ${key}: ${value}`)
  const page = [`# ${title}`, '', ...list, ...notes.map((note) => `- ${note}`), '']
  const quoted = (cell) => (/[",\n]/.test(cell) ? `"${String(cell).replaceAll('"', '""')}"` : cell)
  const csv = [columns, ...rows].map((cells) => cells.map(quoted).join(','))
  writeFileSync(join(out, 'raw.json'), `${JSON.stringify({ ...facts, ...raw }, null, 1)}\n`)
  writeFileSync(join(out, 'raw.csv'), `${csv.join('\n')}\n`)
  writeFileSync(join(out, 'README.md'), [...page, markdownTable(columns, rows), ''].join('\n'))
}

/** Puts a run's table into docs/reliability.md, with where it comes from. */
export function fillDocs(kind, out, { facts, columns, rows }) {
  const file = join(repoRoot, 'docs', 'reliability.md')
  const text = readFileSync(file, 'utf8')
  const [begin, end] = [`<!-- ${kind}: begin -->`, `<!-- ${kind}: end -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`Expected '${begin}' and '${end}' in ${file}`)
  const folder = relative(repoRoot, out)
  const source = `Run of ${facts.date} ([${folder}](../${folder}/README.md)), ${facts.machine}; ${facts.versions}.`
  const body = `\n${source}\n\n${markdownTable(columns, rows)}\n\n`
  writeFileSync(file, text.slice(0, from + begin.length) + '\n' + body + text.slice(to))
}
