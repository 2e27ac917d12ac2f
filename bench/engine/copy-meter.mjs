// Loaded into every process and thread by NODE_OPTIONS: counts what is copied in pieces of a kilobyte and
// more, by the function that asked for it, and leaves the counts in a file of DDNN_BENCH_COPIES. It sees
// JavaScript's own ways to copy (set, slice, Buffer.copy, concat, from); loops over single values and what
// the kernel and native code copy are not seen, nor what is transferred or lies in shared memory.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'

const leastBytes = 1024
const folder = process.env.DDNN_BENCH_COPIES
/** By place: how often, and how many bytes. */
const counts = new Map()
let isChanged = false

function count(how, bytes) {
  if (!(bytes >= leastBytes)) return
  const place = `${how} ${placeOf(new Error().stack)}`
  const known = counts.get(place) ?? { times: 0, bytes: 0 }
  known.times++
  known.bytes += bytes
  counts.set(place, known)
  isChanged = true
}

/** 'src/serving/wire/slot.ts writeSlot': the first function that is not Node's nor of this file. */
function placeOf(stack) {
  for (const line of stack.split('\n').slice(3)) {
    const [, name = '', file = ''] =
      /at (?:async )?(?:(.*) \()?(?:file:\/\/)?(.*?):\d+:\d+\)?$/.exec(line) ?? []
    if (file === '' || file.startsWith('node:') || file.endsWith('copy-meter.mjs')) continue
    const short = file.replace(/^.*\/dist\/(.*)\.js$/, 'src/$1.ts').replace(/^.*node_modules\//, '')
    return `${short} ${name.replace(/^.*\./, '')}`.trim()
  }
  return 'node'
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype)
const { set, slice } = typedArray
typedArray.set = function (source, ...rest) {
  count('set', source.byteLength ?? 0)
  return set.call(this, source, ...rest)
}
typedArray.slice = function (...range) {
  const made = slice.apply(this, range)
  count('slice', made.byteLength)
  return made
}
const { copy } = Buffer.prototype
Buffer.prototype.copy = function (...given) {
  const bytes = copy.apply(this, given)
  count('copy', bytes)
  return bytes
}
const { concat, from } = Buffer
Buffer.concat = function (list, ...rest) {
  const made = concat.call(this, list, ...rest)
  // One piece is copied as well.
  count('concat', made.length)
  return made
}
Buffer.from = function (value, ...rest) {
  if (ArrayBuffer.isView(value)) count('from', value.byteLength)
  return from.call(this, value, ...rest)
}

function write() {
  if (!isChanged || folder === undefined) return
  isChanged = false
  const at = process.argv.indexOf('--name')
  // A thread knows its process by the id alone.
  const name = at === -1 ? undefined : process.argv[at + 1]
  const { pid } = process
  const file = join(folder, `${pid}-${threadId}.json`)
  writeFileSync(file, JSON.stringify({ name, pid, threadId, counts: [...counts] }))
}
setInterval(write, 100).unref()
process.on('exit', write)
