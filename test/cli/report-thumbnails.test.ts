// Where a report finds the photos that it shows, and what it never opens.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { reportThumbnails } from '../../src/cli/report-thumbnails.ts'
import { repoPath } from '../helpers/paths.ts'

const root = mkdtempSync(join(tmpdir(), 'ddnn-thumbs-'))
after(() => rmSync(root, { recursive: true }))
const photo = repoPath('data', 'sample', 'daisy', '0000.jpg')
const photos = join(root, 'photos')
for (const name of ['=a.jpg', 'b.jpg']) {
  mkdirSync(join(photos, 'mine'), { recursive: true })
  copyFileSync(photo, join(photos, 'mine', name))
}
copyFileSync(photo, join(photos, '=c.jpg'))
copyFileSync(photo, join(photos, '\uff1dd.jpg'))
copyFileSync(photo, join(root, 'outside.jpg'))

const found = async (images: readonly string[], folder: string | undefined, csvs = ['x.csv']) =>
  [...(await reportThumbnails(images, { folder, csvs })).keys()].toSorted()

test('photos of --input are shown as far as they are there, by the name that the CSV has for them', async () => {
  const images = [
    ...['mine/b.jpg', 'mine/gone.jpg', "'=c.jpg", "'\uff1dd.jpg"],
    'test_batch.bin#17',
  ]
  assert.deepEqual(await found(images, photos), ["'=c.jpg", "'\uff1dd.jpg", 'mine/b.jpg'])
})

test('what leads out of the folder is not opened', async () => {
  const images = [
    '../outside.jpg',
    join(root, 'outside.jpg'),
    'mine/../../outside.jpg',
    'mine/b.jpg',
  ]
  assert.deepEqual(await found(images, photos), ['mine/b.jpg'])
})

test('without --input photos beside the CSV count only where all are there', async () => {
  const csv = join(photos, 'run.csv')
  assert.deepEqual(await found(['mine/b.jpg', 'mine/=a.jpg'], undefined, [csv]), [
    'mine/=a.jpg',
    'mine/b.jpg',
  ])
  assert.deepEqual(await found(['mine/b.jpg', 'mine/gone.jpg'], undefined, [csv]), [])
})

test('those of the demo are found among the shipped samples', async () => {
  assert.deepEqual(await found(['daisy/0000.jpg'], undefined), ['daisy/0000.jpg'])
})
