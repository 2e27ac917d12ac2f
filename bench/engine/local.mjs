// Part `local`: a local run of the CLI over a folder of photos (read, decode, cascade, CSV) beside the best
// simple script that does as much: sharp on libuv's threads, bare sessions in a worker thread, batches of
// 32, two of them under way. Rates are of the run itself, without its start; whole processes are given too.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { here, track } from '../chain/processes.mjs'

const part = 'local'
const bareScript = fileURLToPath(new URL('./bare-local.mjs', import.meta.url))

export async function measureLocal(run) {
  const { models, engines, images, localImages, rounds, scratch, say, add, note } = run
  note(part, `local: ${localImages} of ${images.what}`)
  const cli = (engine, exits) => [
    join(here, 'dist/main.js'),
    ...[
      '--name',
      'bench',
      '--models',
      ...models,
      '--input',
      images.folder,
      '--labels',
      images.labelsFile,
    ],
    ...['--engine', engine, '--limit', String(localImages)],
    ...['--output', join(scratch, 'local.csv'), '--log-format', 'json'],
    ...(exits ? [] : ['--threshold', '1.1']),
  ]
  const bare = (exits) => [
    bareScript,
    JSON.stringify({
      models,
      folder: images.folder,
      limit: localImages,
      exits,
      threads: run.threads,
    }),
  ]
  const all = [
    { who: 'bare', args: bare },
    ...engines.map((engine) => ({ who: engine, args: (exits) => cli(engine, exits) })),
  ]
  for (let round = 1; round <= rounds; round++) {
    for (const exits of [true, false]) {
      for (const { who, args } of round % 2 === 1 ? all : all.toReversed()) {
        const { out, wallMs, cpuMs } = await runToEnd(args(exits))
        const rate = Number(
          /([\d.]+) (?:images )?a second|([\d.]+) images\/s/.exec(out)?.slice(1).find(Boolean),
        )
        const what = { folder: exits ? 'as they exit' : 'all to the end', batch: 32 }
        const values = {
          ms_an_image: 1000 / rate,
          process_ms_an_image: wallMs / localImages,
          process_cpu_ms_an_image: cpuMs / localImages,
        }
        for (const [name, value] of Object.entries(values))
          add({ part, who, ...what, round, name, value })
        say(`local: round ${round}, ${who}, ${what.folder}: ${rate} images/s`)
      }
    }
  }
}

/** Runs a process to its end; its CPU is that of all its threads. */
export function runToEnd(args) {
  const startedAt = performance.now()
  const child = track(
    spawn(process.execPath, ['--import', meter, ...args], {
      cwd: here,
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    }),
  )
  let out = ''
  let cpuMs
  child.stdout.on('data', (chunk) => (out += chunk))
  child.on('message', (message) => (cpuMs = message.cpuMs))
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${args.join(' ')} ended with ${code}: ${out}`))
      resolve({ out, wallMs: performance.now() - startedAt, cpuMs })
    })
  })
}

const meter = new URL('./exit-meter.mjs', import.meta.url).href
