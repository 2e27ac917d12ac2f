#!/usr/bin/env node
// The one entry: `node dist/main.js [command] [flags]`. It looks at the Node before it imports anything else.
import { nodeProblem } from './node-check.ts'

const problem = nodeProblem(process.versions.node)
if (problem === undefined) await (await import('./cli/process.ts')).runProcess()
else {
  process.stderr.write(problem)
  process.exitCode = 2
}
