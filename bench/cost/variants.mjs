// What is looked at while a tier works, and how. A variant is a line: `flags` are the tier's (a process for each
// difference), `look` begins to look at it and gives what ends that.
import { request } from 'node:http'

/** What others are held against where they run in the same process. */
const baseline = 'nobody looks'
/** What those are held against that have a process of their own: one that is as warm as theirs. */
const second = 'nobody looks, a second process'

/**
 * @type {readonly { name: string, flags?: (where: { spans: string }) => readonly string[], process?: string,
 *   look?: (port: number) => Promise<() => void>, against?: string }[]} `process` is another one of the same flags;
 *   `against` is the variant that its cost is counted from.
 */
const variants = [
  { name: baseline },
  { name: second, process: 'second', against: baseline },
  { name: 'metrics scraped each second', look: scrape, against: baseline },
  { name: 'traces of 1 in 100', flags: ({ spans }) => traced(spans, '0.01'), against: second },
  { name: 'traces of all', flags: ({ spans }) => traced(spans, '1'), against: second },
  { name: 'live page watched', look: watchPage, against: baseline },
]

/** Those of the names, with what they are held against; all where none are named. */
export function chosen(names) {
  if (names === undefined) return variants
  const wanted = variants.filter(({ name }) => names.includes(name))
  const needed = new Set(wanted.flatMap(({ name, against }) => [name, against, baseline]))
  return variants.filter(({ name }) => needed.has(name))
}

const traced = (spans, ratio) => ['--otlp-endpoint', spans, '--trace-ratio', ratio]

async function scrape(port) {
  const once = () => get(port, '/metrics', (answer) => answer.resume())
  await once()
  const timer = setInterval(() => void once().catch(() => undefined), 1000)
  return () => clearInterval(timer)
}

/** As a browser does: the page's own events, read as they come. */
async function watchPage(port) {
  let answer
  await get(port, '/page/events', (opened) => (answer = opened.on('error', () => {}).resume()))
  return () => answer.destroy()
}

/** Resolves when `take` has the answer. */
function get(port, path, take) {
  return new Promise((resolve, reject) => {
    const headers = { accept: '*/*' }
    const asked = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
      if (answer.statusCode === 200) {
        take(answer)
        return resolve()
      }
      answer.resume()
      reject(new Error(`${path} answers ${answer.statusCode}`))
    })
    asked.on('error', reject).end()
  })
}
