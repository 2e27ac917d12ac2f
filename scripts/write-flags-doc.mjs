// `npm run docs`: docs/flags.md from the table of flags.
import { writeFileSync } from 'node:fs'
import { renderFlagsDoc } from '../dist/cli/flags-doc.js'

writeFileSync(new URL('../docs/flags.md', import.meta.url), renderFlagsDoc())
