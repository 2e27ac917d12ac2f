// `npm run readme-tables`: the tables of README.md and docs that come from committed runs. Each stands between
// two comments, <!-- bench KIND bench/runs/NAME ... --> and <!-- /bench -->; a test holds them equal to their runs.
// Usage: node scripts/readme-tables.mjs [--run bench/runs/NAME ...] [--kind performance|continuum|goals]
//        [--doc README.md]
// With --run the doc's table of that kind is made from these runs from now on; one that is not there yet is put at
// the end of the section Results, or of the doc. Goals are told by several: also by those of bench/scaling.mjs.
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseBenchResult } from '../dist/lab/bench/report/json.js'
import { parseReplicaRates } from '../dist/lab/bench/report/replica-rates.js'
import { readmeKinds, readmeTable } from '../dist/lab/bench/report/readme-table.js'

const endMark = '<!-- /bench -->'
const block = /<!-- bench (\S+)((?: \S+)*) -->\n([\s\S]*?)(<!-- \/bench -->|(?=<!-- bench )|$)/g

/** Pages that may have such tables: paths from the root. */
export function tableDocs(root) {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  return ['README.md', ...docs.map((name) => `docs/${name}`)]
}

/** The text of a page with every table made anew from its runs; `file` is its path from the root. */
export function renderTables(root, file, text) {
  return text.replace(block, (_, kind, runs, old, end) => {
    if (!readmeKinds.includes(kind)) {
      throw new Error(`Expected a table of ${readmeKinds.join(', ')} in ${file}, got '${kind}'`)
    }
    if (end !== endMark) throw new Error(`Expected ${endMark} after the table ${kind} of ${file}`)
    const names = runs.trim().split(' ')
    const table = readmeTable(
      kind,
      names.map((run) => readRun(root, run, file)),
    )
    return `<!-- bench ${kind} ${names.join(' ')} -->\n\n${table}\n\n${endMark}`
  })
}

/** The text with its table of this kind, old or new, taken from these runs; the table itself is yet to be made. */
export function pointTo(text, kind, runs) {
  const begin = `<!-- bench ${kind} ${runs.join(' ')} -->`
  let isThere = false
  const pointed = text.replace(block, (whole, own, _, table, end) => {
    if (own !== kind || isThere) return whole
    isThere = true
    return `${begin}\n${table}${end}`
  })
  if (isThere) return pointed
  const results = /^## Results$[\s\S]*?(?=^## |$(?![\s\S]))/m.exec(text)
  const at = results === null ? text.length : results.index + results[0].length
  return (
    `${text.slice(0, at).trimEnd()}\n\n${begin}\n${endMark}\n\n${text.slice(at)}`.trimEnd() + '\n'
  )
}

function readRun(root, run, file) {
  const link = posix.relative(dirname(file), `${run}/README.md`)
  const [name] = ['bench.json', 'scaling.json'].filter((one) => existsSync(join(root, run, one)))
  if (name === undefined) {
    throw new Error(`Expected the run of a table in ${file}, got no ${run}/bench.json`)
  }
  const text = readFileSync(join(root, run, name), 'utf8')
  const from = `${run}/${name}`
  return name === 'bench.json'
    ? { link, result: parseBenchResult(text, from) }
    : { link, replicas: parseReplicaRates(text, from) }
}

function main(root) {
  const { values } = parseArgs({
    options: {
      run: { type: 'string', multiple: true, default: [] },
      kind: { type: 'string' },
      doc: { type: 'string', default: 'README.md' },
    },
  })
  const runs = values.run.map((run) => run.replace(/^\.\//, '').replace(/\/$/, ''))
  for (const file of tableDocs(root)) {
    const path = join(root, file)
    const text = readFileSync(path, 'utf8')
    const isMeant = runs.length > 0 && file === posix.normalize(values.doc)
    const pointed = isMeant ? pointTo(text, values.kind ?? kindOf(root, runs, file), runs) : text
    const made = renderTables(root, file, pointed)
    if (made === text) continue
    writeFileSync(path, made)
    process.stdout.write(`${file} written\n`)
  }
}

/** Several runs are a set that goals are told by. */
function kindOf(root, runs, file) {
  if (runs.length > 1) return 'goals'
  const { result } = readRun(root, runs[0], file)
  if (result === undefined) return 'goals'
  return result.setup.links === undefined ? 'performance' : 'continuum'
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    main(fileURLToPath(new URL('..', import.meta.url)))
  } catch (error) {
    process.stderr.write(`readme-tables: ${error.message}\n`)
    process.exitCode = 1
  }
}
