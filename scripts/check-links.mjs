// `npm run links`: asks every address of the web that README, docs, recipes and CONTRIBUTING name whether it is still there.
// Not part of `npm test`, which needs no web; links to files and headings are under test in test/deploy/pages.test.ts.
import { globSync } from 'tinyglobby'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [tries, waitMs, atOnce] = [3, 20_000, 4]
/** Written to be replaced, or of this machine. */
const isNone = ({ hostname }) =>
  /^(HOST|host|localhost|127\.0\.0\.1|collector)$|(^|\.)example(\.(org|com))?$/i.test(hostname) ||
  !hostname.includes('.')

const files = globSync(['README.md', 'CONTRIBUTING.md', 'docs/*.md', 'recipes/*.md'], { cwd: root })
const found = new Map()
for (const file of files) {
  for (const [text] of readFileSync(`${root}/${file}`, 'utf8').matchAll(
    /https?:\/\/[^\s)>"'`|]+/g,
  )) {
    const address = text.replace(/[.,;:]+$/, '')
    if (!URL.canParse(address) || isNone(new URL(address))) continue
    found.set(address, [...(found.get(address) ?? []), file])
  }
}

const gone = []
const left = [...found.keys()]
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let address = left.shift(); address !== undefined; address = left.shift()) {
      const problem = await problemOf(address)
      if (problem !== undefined)
        gone.push(`${address}: ${problem} (${found.get(address).join(', ')})`)
    }
  }),
)
for (const line of gone.sort()) process.stderr.write(`${line}\n`)
process.stdout.write(`${found.size - gone.length} of ${found.size} addresses are there\n`)
process.exitCode = gone.length === 0 ? 0 : 1

/** Undefined where it answers. Some servers know no HEAD, and some refuse programs (403, 429): those are there. */
async function problemOf(address) {
  let problem
  for (let i = 0; i < tries; i += 1) {
    for (const method of ['HEAD', 'GET']) {
      const signal = AbortSignal.timeout(waitMs)
      const answer = await fetch(address, { method, signal }).catch((error) => {
        problem = error.cause?.code ?? error.message
      })
      await answer?.body?.cancel()
      if (answer === undefined) continue
      if (answer.ok || [403, 429].includes(answer.status)) return undefined
      problem = String(answer.status)
    }
    if (problem === '404' || problem === '410') return problem
  }
  return problem
}
