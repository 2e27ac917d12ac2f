// What a run on a network depends on: its own files, whatever else comes to lie beside them.
import assert from 'node:assert/strict'
import { cp, mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Writer } from 'protobufjs/minimal.js'
import { factsOfFiles } from '../../../../src/lab/training/backbone/network-files.ts'
import { tempFolder } from '../../../helpers/cli.ts'
import { repoPath } from '../../../helpers/paths.ts'

const folder = tempFolder()

/** As editors, shells and file managers leave them. */
async function litter(place: string): Promise<void> {
  for (const name of ['train.log', 'train.out', '.DS_Store', 'other.bin', 'photos.csv']) {
    await writeFile(join(place, name), 'no weights')
  }
  await symlink('nobody@nowhere.1', join(place, '.#net.onnx'))
  await mkdir(join(place, 'runs'))
}

/** A graph with two weights, which lie in these files beside it. */
function onnxWith(first: string, second: string): Uint8Array {
  const weight = (file: string) => {
    const place = new Writer().uint32(10).string('location').uint32(18).string(file).finish()
    return new Writer().uint32(42).string('w').uint32(106).bytes(place).uint32(112).uint32(1)
  }
  const graph = new Writer()
  for (const file of [first, second]) graph.uint32(42).bytes(weight(file).finish())
  return new Writer().uint32(58).bytes(graph.finish()).finish()
}

/** Kinds, the file that each is named by, and what it is made of. */
const networks: readonly (readonly [string, string, readonly string[]])[] = [
  ['onnx', 'net.onnx', ['net.onnx', 'net.onnx.data', 'more/w.bin']],
  ['layers', 'model.json', ['model.json', 'group1-shard1of1.bin']],
  ['saved', 'saved_model.pb', ['saved_model.pb', 'variables/variables.index']],
]

async function make(name: string, place: string): Promise<void> {
  await mkdir(join(place, 'more'), { recursive: true })
  if (name === 'onnx') {
    await writeFile(join(place, 'net.onnx'), onnxWith('net.onnx.data', 'more/w.bin'))
    for (const file of ['net.onnx.data', 'more/w.bin']) await writeFile(join(place, file), '1234')
  } else if (name === 'layers') {
    const weights = [{ name: 'w', shape: [1], dtype: 'float32' }]
    const weightsManifest = [{ paths: ['group1-shard1of1.bin'], weights }]
    const json = { format: 'graph-model', modelTopology: { node: [] }, weightsManifest }
    await writeFile(join(place, 'model.json'), JSON.stringify(json))
    await writeFile(join(place, 'group1-shard1of1.bin'), '1234')
  } else {
    await cp(repoPath('test/golden/backbone/exported'), place, { recursive: true })
  }
}

for (const [name, file, parts] of networks) {
  test(`of a network in ${file} its own files count, whichever of its names it is called by`, async () => {
    const place = join(folder, name)
    await make(name, place)
    const paths = [place, join(place, file)]
    const read = () => Promise.all(paths.map((path) => factsOfFiles(path)))
    const before = await read()
    await litter(place)
    assert.deepEqual(await read(), before)
    await writeFile(join(place, 'ddnn.json'), '{ "labels": ["a", "b"] }')
    for (const [i, part] of [...parts, 'ddnn.json'].entries()) {
      const was = await read()
      await utimes(join(place, part), 1e9, 1e9 + i)
      const now = await read()
      for (const at of paths.keys()) assert.notDeepEqual(now[at], was[at], part)
    }
  })
}
