// Writing a calibration: all folders or none, also after a kill half-way.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FeatureCodec } from '../../src/domain/feature-codec.ts'
import {
  calibrationVersion,
  finishWriting,
  writeCalibration,
  type CalibratedFolder,
} from '../../src/model/calibrated-manifests.ts'
import { manifestFile, parseManifest, type CalibrationRecord } from '../../src/model/manifest.ts'
import { DdnnError } from '../../src/errors.ts'
import { tempFolder } from '../helpers/cli.ts'
import { edgeManifest } from '../helpers/manifests.ts'

const exit = {
  index: 0,
  gives: 'logits' as const,
  temperature: 1.5,
  threshold: 0.3,
  criterion: 'margin' as const,
  accuracy: 0.81234567,
}

/** A family of two submodels on disk. */
function family(): { folders: CalibratedFolder[]; record: CalibrationRecord } {
  const root = tempFolder()
  const folders = ['edge', 'cloud'].map((name, index): CalibratedFolder => {
    const folder = join(root, name)
    mkdirSync(folder)
    const last = { place: { index, count: 2 }, exits: [{ ...exitsOf(), index }] }
    writeFileSync(join(folder, manifestFile), JSON.stringify({ ...edgeManifest, name, ...last }))
    const exits = [{ ...exit, index, threshold: index === 0 ? 0.3 : undefined }]
    return { folder, exits, featureCodec: index === 0 ? 'int8+deflate' : undefined }
  })
  const record = {
    version: calibrationVersion(folders),
    date: '2026-01-02T03:04:05Z',
    goal: 'mean time at most 20 ms',
    data: { hash: 'abc', chosenOn: 10, testedOn: 10 },
  }
  return { folders, record }
}

function exitsOf() {
  return { gives: 'logits' as const, temperature: 0.62, threshold: 0.86, accuracy: 0.8 }
}

function read({ folder }: CalibratedFolder) {
  const file = join(folder, manifestFile)
  const manifest = parseManifest(readFileSync(file, 'utf8'), file)
  assert.ok('family' in manifest)
  return manifest
}

test('exits and record are written, and the rest of a manifest stays, its family too', async () => {
  const { folders, record } = family()
  await writeCalibration(folders, record)
  const [edge, cloud] = folders.map(read)
  assert.deepEqual(edge?.exits, [{ ...exit, accuracy: 0.8123 }])
  assert.equal(cloud?.exits[0]?.threshold, undefined)
  assert.equal(edge?.featureCodec, 'int8+deflate')
  assert.equal(cloud !== undefined && 'featureCodec' in cloud, false)
  assert.equal(edge?.family, edgeManifest.family)
  assert.deepEqual(edge?.labels, edgeManifest.labels)
  assert.deepEqual(cloud?.calibration, record)
})

test('what exits remember is written with who is remembered, tells calibrations apart, and is served', async () => {
  const { folders, record } = family()
  const [edge, cloud] = folders as [CalibratedFolder, CalibratedFolder]
  const memory = { weights: [0.25, 1], bias: [0, 0.1, 0, 0, -0.1], temperature: 1.1 }
  const remembering = [
    { ...edge, exits: edge.exits.map((one) => ({ ...one, isRemembered: true })) },
    { ...cloud, exits: cloud.exits.map((one) => ({ ...one, memory })) },
  ]
  assert.notEqual(calibrationVersion(remembering), calibrationVersion(folders))
  await writeCalibration(remembering, record)
  assert.deepEqual(read(cloud).exits[0]?.memory, memory)
  assert.deepEqual(
    [read(edge), read(cloud)].map(({ exits: [one] }) => one?.remembered),
    [true, undefined],
  )
  await writeCalibration(folders, record)
  assert.deepEqual(
    [read(cloud).exits[0]?.memory, read(edge).exits[0]?.remembered],
    [undefined, undefined],
  )
})

test('weights of the learned criterion are written, and gone once another one is', async () => {
  const { folders, record } = family()
  const learned = { bias: -0.5, odds: 1.1, margin: 0, entropy: 0.2, energy: 0, classes: [0, 0.3] }
  const [edge, cloud] = folders as [CalibratedFolder, CalibratedFolder]
  const exits = edge.exits.map((one) => ({ ...one, criterion: 'learned' as const, learned }))
  await writeCalibration([{ ...edge, exits }, cloud], record)
  assert.deepEqual(read(edge).exits[0]?.learned, learned)
  assert.equal(read(edge).exits[0]?.criterion, 'learned')
  await writeCalibration(folders, record)
  assert.equal(read(edge).exits[0]?.learned, undefined)
})

test('a folder without a manifest gets one of what is known', async () => {
  const folder = tempFolder()
  const { record } = family()
  await writeCalibration([{ folder, exits: [exit], featureCodec: 'int4' }], record)
  const written: unknown = JSON.parse(readFileSync(join(folder, manifestFile), 'utf8'))
  assert.deepEqual(written, {
    format: 1,
    featureCodec: 'int4',
    exits: [{ ...exit, accuracy: 0.8123 }],
    calibration: record,
  })
})

test('when one folder cannot be written, the others keep their old manifests', async () => {
  const { folders, record } = family()
  const before = readFileSync(join(folders[0]?.folder ?? '', manifestFile), 'utf8')
  // A folder in the place of the second part cannot be written over.
  mkdirSync(join(folders[1]?.folder ?? '', `${manifestFile}.part`))
  await assert.rejects(
    writeCalibration(folders, record),
    (error) => error instanceof DdnnError && error.code === 'DDNN_OUTPUT_FAILED',
  )
  assert.equal(readFileSync(join(folders[0]?.folder ?? '', manifestFile), 'utf8'), before)
  assert.ok(!existsSync(join(folders[0]?.folder ?? '', `${manifestFile}.part`)))
})

test('a manifest that cannot be read stops it before anything is written', async () => {
  const { folders, record } = family()
  const first = join(folders[0]?.folder ?? '', manifestFile)
  const before = readFileSync(first, 'utf8')
  for (const text of ['{"format": 1, "family": 7}', '{"format": 1, "stages": ["../edge"]}', '{']) {
    writeFileSync(join(folders[1]?.folder ?? '', manifestFile), text)
    await assert.rejects(
      writeCalibration(folders, record),
      (error) => error instanceof DdnnError && error.code === 'DDNN_MODEL_DAMAGED',
    )
    assert.equal(readFileSync(first, 'utf8'), before)
    assert.ok(!existsSync(`${first}.part`))
  }
})

test('what a kill between two renames left is ended by the next run, and a lone part is removed', async () => {
  const { folders, record } = family()
  const names = folders.map(({ folder }) => folder)
  const [, cloud] = folders
  const old = readFileSync(join(names[1] ?? '', manifestFile), 'utf8')
  await writeCalibration(folders, record)
  // As if the second rename had not come.
  const file = join(names[1] ?? '', manifestFile)
  const whole = readFileSync(file, 'utf8')
  writeFileSync(`${file}.part`, whole)
  writeFileSync(file, old)
  assert.deepEqual(await finishWriting(names), [names[1]])
  assert.ok(cloud !== undefined)
  assert.deepEqual(read(cloud).calibration, record)
  assert.ok(!existsSync(`${file}.part`))

  // A kill before the first rename, or in the middle of a part: the old calibration stays.
  writeFileSync(`${file}.part`, whole.replace(record.version, 'another'))
  writeFileSync(join(names[0] ?? '', `${manifestFile}.part`), whole.slice(0, 50))
  assert.deepEqual(await finishWriting(names), [])
  assert.deepEqual(read(cloud).calibration, record)
  assert.ok(!existsSync(`${file}.part`))
})

test('another threshold, temperature, criterion or codec is another version, another accuracy is not', () => {
  const versionOf = (
    changes: Partial<CalibratedFolder['exits'][number]>,
    featureCodec?: FeatureCodec,
  ) => calibrationVersion([{ folder: 'a', exits: [{ ...exit, ...changes }], featureCodec }])
  assert.equal(versionOf({ accuracy: 0.5 }), versionOf({}))
  assert.notEqual(versionOf({ threshold: 0.31 }), versionOf({}))
  assert.notEqual(versionOf({ temperature: 2 }), versionOf({}))
  assert.notEqual(versionOf({}, 'int8'), versionOf({}))
  const learned = { bias: 0, odds: 1, margin: 0, entropy: 0, energy: 0 }
  assert.notEqual(versionOf({ learned }), versionOf({}))
  assert.notEqual(versionOf({ learned }), versionOf({ learned: { ...learned, odds: 1.1 } }))
  assert.notEqual(versionOf({}, 'int8'), versionOf({}, 'int4'))
})

test('a path stands in every manifest, a line a point, and is read again', async () => {
  const { folders, record } = family()
  const point = (threshold: number | null, leave: number[]) => ({
    ...{ thresholds: [threshold], accuracy: 0.9, loss: -0.01, bound: 0.02, leave, cost: 0.5 },
  })
  const path = { chosen: 1, points: [point(null, [0, 1]), point(0.3, [0.7, 0.3])] }
  await writeCalibration(folders, { ...record, path })
  for (const folder of folders) {
    assert.deepEqual(read(folder).calibration?.path, path)
    const text = readFileSync(join(folder.folder, manifestFile), 'utf8')
    const line =
      '{ "thresholds": [0.3], "accuracy": 0.9, "loss": -0.01, "bound": 0.02, "leave": [0.7, 0.3], "cost": 0.5 }'
    assert.ok(text.includes(line), text)
  }
})
