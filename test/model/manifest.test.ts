// ddnn.json written and read again, and the name of a family.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  familyOf,
  parseFolderManifest,
  parseManifest,
  writeManifest,
} from '../../src/model/manifest.ts'
import { ModelError } from '../../src/errors.ts'
import { edgeManifest } from '../helpers/manifests.ts'

test('a manifest that was written is read again as it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-manifest-'))
  const target = join(folder, 'new', 'edge')
  await writeManifest(target, edgeManifest)
  const file = join(target, 'ddnn.json')
  assert.deepEqual(parseManifest(await readFile(file, 'utf8'), file), edgeManifest)
  assert.deepEqual(await readdir(target), ['ddnn.json'])
  await rm(folder, { recursive: true })
})

test('a manifest that would not be read again is not written', async () => {
  const wrong = { ...edgeManifest, input: [0, 31, 3] }
  await assert.rejects(writeManifest(join(tmpdir(), 'ddnn-never'), wrong), {
    code: 'DDNN_MODEL_DAMAGED',
    message: /input\.0/,
  })
})

test('a manifest with an unknown field is refused, as a misspelt one would go unseen', () => {
  const text = JSON.stringify({ ...edgeManifest, treshold: 0.5 })
  assert.throws(() => parseManifest(text, 'edge/ddnn.json'), /treshold/)
})

test('the family follows from what the manifests say, not from the order of their fields', () => {
  const { family, ...edge } = edgeManifest
  const turned = Object.fromEntries(Object.entries(edge).reverse()) as typeof edge
  assert.match(familyOf([edge]), /^[0-9a-f]{16}$/)
  assert.notEqual(familyOf([edge]), family)
  assert.equal(familyOf([turned]), familyOf([edge]))
  assert.notEqual(familyOf([{ ...edge, labels: [...edge.labels].reverse() }]), familyOf([edge]))
  assert.notEqual(familyOf([edge, edge]), familyOf([edge]))
  assert.notEqual(familyOf([edge], 'other weights'), familyOf([edge]))
})

test('one field is a manifest, with its format or without', () => {
  const labels = ['rose', 'tulip']
  const whole = { format: 1, labels }
  for (const text of [whole, { labels }].map((fields) => JSON.stringify(fields))) {
    assert.deepEqual(parseFolderManifest(text, 'ddnn.json'), whole)
    assert.deepEqual(parseFolderManifest(`\uFEFF${text}`, 'ddnn.json'), whole)
  }
  const stages = { format: 1, stages: ['../edge'] }
  assert.deepEqual(parseFolderManifest('{"stages":["../edge"]}', 'ddnn.json'), stages)
})

for (const [text, message, hint] of [
  ['{"treshold":0.5}', /no field is called 'treshold' \(did you mean 'threshold'\?\)/, /mend/],
  ['{"exits":[{"why":1}]}', /: exits\.0: no field is called 'why'$/, /mend/],
  ['{"exits":[{"threshold":"0.5"}]}', /exits\.0\.threshold: expected number, got string$/, /mend/],
  [
    '{"exits":[{"memory":{"weights":[-1],"bias":[0]}}]}',
    /exits\.0\.memory\.weights\.0: .*>=0/,
    /mend/,
  ],
  ['{"exits":[{"memory":{"weight":[1]}}]}', /no field is called 'weight'/, /mend/],
  ['{"format":2}', /format: expected 1$/, /mend/],
  ['{"labels":["a","b"],}', /got text that does not parse: \S/, /no comma goes behind/],
  ['// labels\n{}', /got text that does not parse/, /no comments/],
  ['  \n', /Expected JSON in 'ddnn\.json', got nothing/, /double quotes/],
  ['{"labels":["caf\uFFFD","b"]}', /Expected UTF-8 text in 'ddnn\.json'/, /Save it as UTF-8/],
  [Buffer.from('\uFEFF{}', 'utf16le').toString(), /Expected UTF-8 text/, /Save it as UTF-8/],
] as const) {
  test(`${JSON.stringify(text)} is no manifest, and told why`, () => {
    assert.throws(
      () => parseFolderManifest(text, 'ddnn.json'),
      (error) => {
        assert.ok(error instanceof ModelError)
        assert.equal(error.code, 'DDNN_MODEL_DAMAGED')
        assert.match(error.message, message)
        assert.match(error.hint ?? '', hint)
        return true
      },
    )
  })
}
