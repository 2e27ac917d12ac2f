// `npm run docs`: monitoring/alerts.yaml and monitoring/dashboard.json from scripts/monitoring/.
import { writeFileSync } from 'node:fs'
import { alerts, rulesOf } from './monitoring/alerts.mjs'
import { dashboardOf, rows } from './monitoring/dashboard.mjs'
import { stringify } from 'yaml'

const head = '# Rules for Prometheus; made from scripts/monitoring/alerts.mjs by `npm run docs`.\n'
const at = (name) => new URL(`../monitoring/${name}`, import.meta.url)
writeFileSync(at('alerts.yaml'), head + stringify(rulesOf(alerts), { lineWidth: 0 }))
writeFileSync(at('dashboard.json'), `${JSON.stringify(dashboardOf(rows), null, 2)}\n`)
