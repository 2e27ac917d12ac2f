// `npm run docs`: docs/flags.md from the table of flags, the series of docs/metrics.md from theirs, docs/json.md and the
// schemas beside it from those of --json.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { renderFlagsDoc } from '../dist/cli/flags-doc.js'
import { jsonSchemaFiles, renderJsonDoc } from '../dist/cli/json-doc.js'
import { withSeries } from '../dist/telemetry/metrics/metrics-doc.js'

writeFileSync(new URL('../docs/flags.md', import.meta.url), renderFlagsDoc())
const metricsPage = new URL('../docs/metrics.md', import.meta.url)
writeFileSync(metricsPage, withSeries(readFileSync(metricsPage, 'utf8')))
writeFileSync(new URL('../docs/json.md', import.meta.url), renderJsonDoc())
const schemas = new URL('../docs/json/', import.meta.url)
mkdirSync(schemas, { recursive: true })
for (const [name, text] of jsonSchemaFiles()) writeFileSync(new URL(name, schemas), text)
