// Files and folders that are there, but may not be looked at: told as such, neither as none nor in silence.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigError, DdnnError } from '../../../src/errors.ts'
import { listImages } from '../../../src/input/list-images.ts'
import { listTrainingSets } from '../../../src/lab/training/data-set.ts'
import { openSources } from '../../../src/serving/classify/sources/open-sources.ts'
import { tempFolder } from '../../helpers/cli.ts'

/** What cannot be read, by the sentences that say so; names of images that can. */
async function lookAt(...words: readonly string[]) {
  const opened = openSources(
    {
      words,
      ...{ watch: undefined, onWatching: () => undefined, fps: undefined, minChange: 0 },
      ...{ counts: { read: 0, asked: 0, gated: 0, dropped: 0 }, timeoutMs: 1000 },
    },
    [],
  )
  const told: string[] = []
  const decode = () =>
    Promise.resolve({ dtype: 'uint8', shape: [1, 1, 3], data: new Uint8Array(3) } as const)
  const context = { decode, height: 1, width: 1, signal: new AbortController().signal }
  for (const source of opened.sources) {
    for await (const image of source.images(context)) {
      const error: unknown = await image.read().then(
        () => undefined,
        (cause: unknown) => cause,
      )
      told.push(error instanceof DdnnError ? error.message : image.name)
    }
  }
  return { told, isNothing: opened.isNothing }
}

/** Folders are open to an administrator, whatever their mode: then as another user. */
async function asAnother<T>(run: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return run()
  process.seteuid?.(65534)
  try {
    return await run()
  } finally {
    process.seteuid?.(0)
  }
}

test('a link that leads back to itself is told as such', async () => {
  const loop = join(tempFolder(), 'loop.jpg')
  symlinkSync('loop.jpg', loop)
  assert.deepEqual(await lookAt(loop), {
    told: ['Expected a file that can be looked at, got ELOOP'],
    isNothing: false,
  })
  assert.deepEqual((await lookAt(`${loop}.none`)).isNothing, true)
})

test('an address of another kind, or of IPv6 without brackets, is told as such', async () => {
  assert.deepEqual((await lookAt('s3://bucket/rose.jpg', 'http://::1:80/rose.jpg')).told, [
    'Expected an http or https address, got one of s3',
    'Expected an http or https address, an IPv6 address in brackets and without a zone (http://[::1]:8080), got one that cannot be read',
  ])
})

test(
  'a folder that may not be looked into is named, inside another one and among labels too',
  { skip: process.platform === 'win32' },
  async () => {
    const folder = tempFolder()
    chmodSync(folder, 0o755)
    const photo = (label: string) => {
      mkdirSync(join(folder, label))
      writeFileSync(join(folder, label, 'a.jpg'), 'photo')
    }
    for (const label of ['open', 'shut']) photo(label)
    chmodSync(join(folder, 'shut'), 0)
    const message = 'Expected a folder that can be looked into, got EACCES'
    await asAnother(async () => {
      const found = await lookAt(folder)
      assert.deepEqual(found.told, [message, join(folder, 'open', 'a.jpg')])
      assert.deepEqual((await lookAt(join(folder, 'shut'))).told, [message])
      assert.deepEqual((await lookAt(join(folder, 'shut', 'a.jpg'))).told, [
        'Expected a file that can be looked at, got EACCES',
      ])
      await assert.rejects(listImages(folder, ['shut'], 'jpg', undefined), (error) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, /got none: 'shut' cannot be looked into \(EACCES\)$/)
        return true
      })
      for (const list of [
        () => listImages(join(folder, 'shut'), ['a'], 'jpg', undefined),
        () => listTrainingSets([folder]),
        () => listTrainingSets([join(folder, 'shut')]),
      ]) {
        await assert.rejects(list, (error) => {
          assert.ok(error instanceof ConfigError)
          assert.match(error.message, /a folder that can be looked into, got '.*shut' \(EACCES\)$/)
          return true
        })
      }
    })
    chmodSync(join(folder, 'shut'), 0o755)
  },
)

test(
  'a folder is named that lies in one that may be listed, but not entered',
  { skip: process.platform === 'win32' },
  async () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'listed', 'inside'), { recursive: true })
    chmodSync(folder, 0o755)
    chmodSync(join(folder, 'listed'), 0o744)
    await asAnother(async () => {
      const { told } = await lookAt(folder)
      assert.deepEqual(told, ['Expected a folder that can be looked into, got EACCES'])
    })
    chmodSync(join(folder, 'listed'), 0o755)
  },
)
