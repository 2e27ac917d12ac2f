// A watched folder: what is handed out of it, with real files and the real decoder.
import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { FoundImage } from '../../../src/serving/classify/classify.ts'
import { watchSource, type WatchOptions } from '../../../src/serving/classify/sources/watch.ts'
import { createDecode } from '../../../src/compose/classify.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { repoPath } from '../../helpers/paths.ts'
import { until } from '../../helpers/until.ts'

const photo = (label: string, name = '0000.jpg') =>
  readFileSync(repoPath('data', 'sample', label, name))
const stop = new AbortController()
after(() => stop.abort())

interface Seen {
  readonly name: string
  readonly folder: string | undefined
  readonly bytes: number
}

/** Watches and reads all that is handed out; resolves when what was there has been found. */
async function watchFolder(folder: string, options: Partial<WatchOptions> = {}) {
  const seen: Seen[] = []
  const failed: string[] = []
  const context = {
    ...{ height: 32, width: 32, signal: stop.signal },
    decode: createDecode({ height: 32, width: 32 }, undefined),
  }
  const ready = new Promise<void>((onReady) => {
    const source = watchSource({
      ...{ folders: [folder], isNewOnly: false, onReady, settleMs: 30, patienceMs: 300 },
      ...options,
    })
    const take = async (image: FoundImage) => {
      try {
        const picture = await image.read()
        if (picture === undefined) return
        seen.push({ name: image.name, folder: image.folder, bytes: picture.file?.length ?? 0 })
      } catch {
        failed.push(image.name)
      }
    }
    void (async () => {
      for await (const image of source.images(context)) void take(image)
    })()
  })
  await ready
  return { seen, failed, names: () => seen.map(({ name }) => name).sort() }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 400))

describe('a watched folder', { concurrency: true }, () => {
  test('files that are there, that come later, and in folders that come later are each found once', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'before.jpg'), photo('daisy'))
    const { names, seen } = await watchFolder(folder)
    mkdirSync(join(folder, 'roses', 'deep'), { recursive: true })
    writeFileSync(join(folder, 'roses', 'deep', 'later.jpg'), photo('roses'))
    await until('2 seen', () => seen.length === 2)
    await settled()
    assert.deepEqual(names(), [join(folder, 'before.jpg'), join(folder, 'roses/deep/later.jpg')])
    assert.deepEqual(seen.map((one) => one.folder).sort(), ['roses', undefined])
  })

  test('--watch-new passes over what is there, until its picture changes', async () => {
    const folder = tempFolder()
    const old = join(folder, 'old.jpg')
    writeFileSync(old, photo('daisy'))
    const { names, seen } = await watchFolder(folder, { isNewOnly: true })
    writeFileSync(join(folder, 'new.jpg'), photo('tulips'))
    await until('1 seen', () => seen.length === 1)
    writeFileSync(old, photo('roses'))
    await until('2 seen', () => seen.length === 2)
    assert.deepEqual(names(), [join(folder, 'new.jpg'), old])
  })

  test('a file that grows with pauses longer than it takes to settle is handed out once, and whole', async () => {
    const folder = tempFolder()
    const bytes = photo('sunflowers')
    const { seen, failed } = await watchFolder(folder, { patienceMs: 5000 })
    const path = join(folder, 'slow.jpg')
    writeFileSync(path, '')
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 4)) {
      appendFileSync(path, bytes.subarray(at, at + Math.ceil(bytes.length / 4)))
      await new Promise((resolve) => setTimeout(resolve, 120))
    }
    await until('1 seen', () => seen.length === 1)
    await settled()
    assert.deepEqual(seen, [{ name: path, folder: undefined, bytes: bytes.length }])
    assert.deepEqual(failed, [])
  })

  test('other times, and bytes behind the picture, make no new picture; another picture does', async () => {
    const folder = tempFolder()
    const path = join(folder, 'camera.jpg')
    const { seen } = await watchFolder(folder)
    writeFileSync(path, photo('daisy'))
    await until('1 seen', () => seen.length === 1)
    utimesSync(path, 1, 1)
    await settled()
    appendFileSync(path, 'a film behind the picture')
    await settled()
    assert.equal(seen.length, 1)
    writeFileSync(path, photo('tulips'))
    await until('2 seen', () => seen.length === 2)
  })

  test('a file that stays broken is told once; hidden ones, other endings and half-moved ones never', async () => {
    const folder = tempFolder()
    const { seen, failed } = await watchFolder(folder)
    const bytes = photo('roses')
    writeFileSync(join(folder, 'cut.jpg'), bytes.subarray(0, bytes.length / 2))
    writeFileSync(join(folder, '.hidden.jpg'), bytes)
    writeFileSync(join(folder, 'notes.txt'), 'no picture')
    writeFileSync(join(folder, 'moved.jpg.part'), bytes)
    await until('1 failed', () => failed.length === 1)
    assert.deepEqual(failed, [join(folder, 'cut.jpg')])
    assert.deepEqual(seen, [])
    renameSync(join(folder, 'moved.jpg.part'), join(folder, 'moved.jpg'))
    writeFileSync(join(folder, 'cut.jpg'), bytes)
    await until('2 seen', () => seen.length === 2)
    await settled()
    assert.equal(failed.length, 1)
  })
})
