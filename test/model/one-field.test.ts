// A manifest with one field only, as docs/models.md allows: it loads, and the field is honoured.
import assert from 'node:assert/strict'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SubmodelSpec } from '../../src/domain/submodel.ts'
import { resolveRules } from '../../src/domain/rules.ts'
import { readModelFolder } from '../../src/model/folder.ts'
import { fc } from '../helpers/property.ts'
import { tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

const text = fc.string({ minLength: 1, maxLength: 12 })
const size = fc.integer({ min: 1, max: 512 })
const share = fc.double({ min: 0, max: 1, noNaN: true })

/** Each field that may stand alone, and what a folder then says of itself. */
const fields: Readonly<
  Record<string, readonly [fc.Arbitrary<unknown>, (spec: SubmodelSpec) => unknown]>
> = {
  'preprocessing.scale': [fc.constantFrom(1, 1 / 255, 2), (s) => s.preprocessing?.scale],
  'preprocessing.height': [size, (s) => s.preprocessing?.height],
  'preprocessing.width': [size, (s) => s.preprocessing?.width],
  'preprocessing.mean': [fc.tuple(share, share, share), (s) => s.preprocessing?.mean],
  'preprocessing.std': [fc.constant([0.229, 0.224, 0.225]), (s) => s.preprocessing?.std],
  'preprocessing.orientation': [
    fc.constantFrom('apply', 'ignore'),
    (s) => s.preprocessing?.orientation,
  ],
  'exits.0.threshold': [share, (s) => ruleOf(s)?.threshold],
  'exits.0.temperature': [
    fc.double({ min: 0.1, max: 9, noNaN: true }),
    (s) => ruleOf(s)?.temperature,
  ],
  'exits.0.gives': [fc.constantFrom('logits', 'probabilities'), (s) => ruleOf(s)?.gives],
  'exits.0.criterion': [fc.constantFrom('softmax', 'entropy', 'raw'), (s) => ruleOf(s)?.confidence],
  'exits.0.learned': [
    fc.record(
      {
        ...{ bias: share, odds: share, margin: share, entropy: share, energy: share },
        classes: fc.array(share, { minLength: 5, maxLength: 5 }),
      },
      { noNullPrototype: true },
    ),
    (s) => ruleOf(s)?.learned,
  ],
  'exits.0.index': [fc.nat(9), (s) => ruleOf(s)?.exit],
  'exits.0.accuracy': [share, (s) => s.exits?.[0]?.accuracy],
  labels: [fc.array(text, { minLength: 2, maxLength: 5 }), (s) => s.labels],
  family: [text, (s) => s.family],
  version: [text, (s) => s.version],
  input: [fc.tuple(size, size, fc.constantFrom(1, 3)), (s) => s.input],
  features: [fc.oneof(fc.constant(null), fc.tuple(size, size, size)), (s) => s.features],
  outputs: [fc.uniqueArray(text, { minLength: 1, maxLength: 3 }), (s) => s.outputs],
  multiplyAdds: [fc.nat(), (s) => s.multiplyAdds],
  layout: [fc.constantFrom('nhwc', 'nchw'), (s) => s.layout],
  place: [fc.constant({ index: 0, count: 3 }), (s) => s.place],
}

function ruleOf(spec: SubmodelSpec) {
  return resolveRules([spec], [1], { confidence: undefined, threshold: undefined })[0]?.[0]
}

/** `exits.0.threshold` and a value as `{ exits: [{ threshold: value }] }`. */
function nest(path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  return key === '0' ? [nest(rest, value)] : { [key]: nest(rest, value) }
}

for (const [field, [values, read]] of Object.entries(fields)) {
  test(`a manifest with ${field} alone is read, and says so`, async () => {
    const folder = join(tempFolder(), 'model')
    await cp(repoPath('saved_models', 'edge'), folder, { recursive: true })
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const manifest = { format: 1, ...(nest(field.split('.'), value) as object) }
        await writeFile(join(folder, 'ddnn.json'), JSON.stringify(manifest))
        const [spec] = await readModelFolder(folder)
        assert.ok(spec)
        assert.deepEqual(read(spec), value)
      }),
      { numRuns: 5 },
    )
  })
}
