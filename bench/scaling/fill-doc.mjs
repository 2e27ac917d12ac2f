// Puts the tables of a committed run into docs/scaling.md, between marks: <!-- table: replicas --> ... <!-- end -->.
// Usage: node bench/scaling/fill-doc.mjs [bench/runs/NAME]   default the run that the page names
// A test holds the page to this.
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { costTable, curveTable, fleets, fleetTable } from './tables.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = join(root, 'docs/scaling.md')
const marked = /(<!-- table: ([a-z0-9-]+) -->\n)[^]*?(<!-- end -->)/g
const named = /bench\/runs\/[\w.-]+/

/** The page with the tables of its run. @param {string} text @param {string} [run] from the root. */
export async function fillPage(text, run = named.exec(text)?.[0]) {
  if (run === undefined) throw new Error('Expected docs/scaling.md to name a run, got none')
  const result = JSON.parse(readFileSync(join(root, run, 'scaling.json'), 'utf8'))
  const filled = text
    .replace(new RegExp(named, 'g'), run)
    .replace(marked, (_, begin, name, end) => `${begin}\n${tableNamed(name, result)}\n\n${end}`)
  return format(filled, { ...(await resolveConfig(page)), parser: 'markdown' })
}

function tableNamed(name, { costs, curves, rows, ...facts }) {
  if (name === 'facts') {
    const shown = ['command', 'date', 'machine', 'versions', 'load before the run']
    return shown.map((fact) => `- ${fact}: ${facts[fact]}`).join('\n')
  }
  if (name === 'costs') return costTable(costs)
  if (name in fleets) return fleetTable(name, costs)
  const curve = curves.find((one) => one.name === name)
  if (curve === undefined) throw new Error(`Expected a table of the run, got '${name}'`)
  return curveTable(curve, rows)
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(page, await fillPage(readFileSync(page, 'utf8'), process.argv[2]))
}
