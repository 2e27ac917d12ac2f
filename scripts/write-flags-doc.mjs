// `npm run docs`: docs/flags.md from the table of flags, the series of docs/metrics.md from theirs.
import { readFileSync, writeFileSync } from 'node:fs'
import { renderFlagsDoc } from '../dist/cli/flags-doc.js'
import { withSeries } from '../dist/telemetry/metrics/metrics-doc.js'

writeFileSync(new URL('../docs/flags.md', import.meta.url), renderFlagsDoc())
const metricsPage = new URL('../docs/metrics.md', import.meta.url)
writeFileSync(metricsPage, withSeries(readFileSync(metricsPage, 'utf8')))
