// The files of monitoring/ against what they are made from, and both against the table of series.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { metricTable } from '../../src/telemetry/metrics/table.ts'
import { repoPath } from '../helpers/paths.ts'

interface Alert {
  readonly alert: string
  readonly severity: string
  readonly summary: string
  readonly description: string
}

/** Scripts stand beside the sources, not in the build of the tests. */
const load = (name: string): Promise<unknown> =>
  import(pathToFileURL(repoPath('scripts', 'monitoring', name)).href)
const alerts = (await load('alerts.mjs')) as {
  readonly alerts: readonly Alert[]
  rulesOf(alerts: readonly Alert[]): unknown
}
const dashboard = (await load('dashboard.mjs')) as {
  readonly rows: unknown
  dashboardOf(rows: unknown): unknown
}
const read = (name: string) => readFileSync(repoPath('monitoring', name), 'utf8')

test('the rules and the dashboard are those of their tables', () => {
  assert.deepEqual(parse(read('alerts.yaml')), alerts.rulesOf(alerts.alerts))
  const made: unknown = JSON.parse(JSON.stringify(dashboard.dashboardOf(dashboard.rows)))
  assert.deepEqual(JSON.parse(read('dashboard.json')), made)
})

test('they ask for documented series alone', () => {
  const known = new Set(
    Object.values(metricTable).flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
  const asked = `${read('alerts.yaml')}${read('dashboard.json')}`.match(/ddnn_[a-z_]+/g) ?? []
  assert.deepEqual(
    [...new Set(asked)].filter((name) => !known.has(name)),
    [],
  )
})

test('each rule says what it is about and what to do', () => {
  for (const { alert, summary, description, severity } of alerts.alerts) {
    assert.match(summary, /^\S.*[^.]$/, alert)
    assert.match(description, /\.$/, alert)
    assert.match(severity, /^(critical|warning|info)$/, alert)
  }
})
