// What travels and what it costs: features of each submodel by every codec, and images by every form that a
// device sends, with bytes of whole frames, CPU, and accuracy of the exits and the cascade.
// Usage: node bench/codecs.mjs --family NAME=MODELS=IMAGES ... --out bench/runs/NAME
//   MODELS is a model folder, IMAGES a folder of photos (DIR/LABEL/*.jpg) or CIFAR-10's binary files.
// Needs `npm run build`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureFeatures } from './codecs/features.mjs'
import { measureImages } from './codecs/images.mjs'
import { openFamily } from './codecs/open-family.mjs'
import { rawCsv, summary } from './codecs/report.mjs'

const { values: options } = parseArgs({
  options: {
    family: { type: 'string', multiple: true, default: [] },
    limit: { type: 'string' },
    out: { type: 'string' },
  },
})
const rows = []
const load = loadavg()[0]
for (const spec of options.family) {
  const [name, models, images] = spec.split('=')
  const limit = options.limit === undefined ? undefined : Number(options.limit)
  const family = await openFamily(models, images, limit)
  try {
    const add = (row) => rows.push({ family: name, images: family.sources.length, ...row })
    for (const row of await measureFeatures(family)) add(row)
    for (const row of await measureImages(family)) add(row)
  } finally {
    await family.close()
  }
}
const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}, load before the run ${load.toFixed(1)}`
const text = summary(rows, machine)
process.stdout.write(text)
if (options.out !== undefined) {
  mkdirSync(options.out, { recursive: true })
  writeFileSync(join(options.out, 'raw.csv'), rawCsv(rows))
  writeFileSync(join(options.out, 'summary.md'), text)
}
