// What is looked at while a tier works, and how. A variant is a line: `flags` are the tier's (a process for each
// difference), `look` begins to look at it and gives what ends that.
import { request } from 'node:http'

/** Counted beside every variant: what a round of the same flags differs by is no cost of looking. */
export const baseline = 'nobody looks'

/**
 * @type {readonly { name: string, flags?: (where: { spans: string }) => readonly string[], process?: string,
 *   look?: (port: number) => Promise<() => void> }[]} `process` is another one of the same flags.
 */
export const variants = [
  { name: baseline },
  { name: 'nobody looks, a second process', process: 'second' },
  { name: 'metrics scraped each second', look: scrape },
  { name: 'traces, ratio 0.01', flags: ({ spans }) => traced(spans, '0.01') },
  { name: 'traces, ratio 1', flags: ({ spans }) => traced(spans, '1') },
  { name: 'live page watched', look: watchPage },
]

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
