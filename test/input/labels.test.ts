// Labels as people's programs write them, and folders and files whose names are of any bytes.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hashLabels } from '../../src/domain/labels.ts'
import { ConfigError } from '../../src/errors.ts'
import { createImageDecoder } from '../../src/input/decode.ts'
import { pathOfShown, plainName, shownName } from '../../src/input/file-name.ts'
import { createImageFolder } from '../../src/input/image-folder.ts'
import { readLabels } from '../../src/input/labels.ts'
import { listBelow } from '../../src/input/list-files.ts'
import { labelledFolders } from '../../src/input/list-images.ts'
import { typedPath } from '../../src/input/typed-path.ts'
import { thumbnailOf } from '../../src/input/thumbnail.ts'
import { listTrainingSets } from '../../src/lab/training/data-set.ts'
import { repoPath } from '../helpers/paths.ts'
import { fc } from '../helpers/property.ts'
import { createWarnings, drawImage, tempFolder, writeFiles } from './folders.ts'

const folder = tempFolder()
let files = 0
const labelsOf = (content: string | Uint8Array) => {
  const file = join(folder, `${files++}.txt`)
  writeFileSync(file, content)
  return readLabels(file)
}
const names = ['Daisy.v1', 'tulip s', 'ros€', '🌹emoji', 'café']
const text = names.join('\n')
const utf16be = (value: string) => Buffer.from(`\uFEFF${value}`, 'utf16le').swap16()

for (const [what, content] of [
  ['UTF-8', text],
  ['UTF-8 with a mark', `\uFEFF${text}\n`],
  ['accents taken apart, as macOS writes them', text.normalize('NFD')],
  ['line breaks of Windows', names.join('\r\n')],
  ['line breaks of old Macs', names.join('\r')],
  ['UTF-16 with a mark, as PowerShell writes it', Buffer.from(`\uFEFF${text}\r\n`, 'utf16le')],
  ['UTF-16 of the other order', utf16be(`${text}\n`)],
  ['zeros at its end', `${text}\n\0\0\0`],
  ['marks that take no place', `\u200e${names.join('\u200b\n\ufeff')}\u2060\n`],
  ['white space and empty lines', `\n  ${names.join('  \n\n\t')}\n\n`],
] as const) {
  test(`labels of a file with ${what} are the same labels`, async () => {
    assert.deepEqual(await labelsOf(content), names)
  })
}

for (const [what, content, expected] of [
  ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), /UTF-8 text, got UTF-16 without a mark/],
  ['UTF-16 without a mark, other order', utf16be(text).subarray(2), /got UTF-16 without a mark/],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 65, 0, 0, 0]), /got UTF-32/],
  ['Latin-1', Buffer.from('rose\nios\ncaf\xe9\n', 'latin1'), /got another encoding \(line 3\)/],
  ['a photo', await drawImage('#102030'), /to be text, got a JPEG image/],
  ['a ZIP archive', Buffer.from('PK\x03\x04\x14\0\0\0\b\0', 'latin1'), /got a ZIP archive/],
  ['other bytes', Buffer.from([1, 2, 3, 200, 201, 0, 7]), /Expected the labels file/],
  ['JSON', '["rose", "tulip"]', /one label a line in '.*', got JSON/],
  ['JSON of several lines', '{\n  "0": "rose",\n  "1": "tulip"\n}\n', /got JSON/],
  ['a table', 'id,label\n0,rose\n1,tulip\n', /got a table \(CSV\)/],
  ['a table the other way', 'rose;0\ntulip;1\n', /got a table \(CSV\)/],
  ['one line', 'rose,tulip,daisy', /got one line, 'rose,tulip,daisy'/],
  ['one label in two forms', `café\n${'café'.normalize('NFD')}\n`, /once, got 'café' again/],
] as const) {
  test(`a labels file that is ${what} is refused in a true sentence`, async () => {
    await assert.rejects(labelsOf(content), (error) => {
      assert.ok(error instanceof ConfigError)
      assert.match(error.message, expected)
      return true
    })
  })
}

test('a list of another form is told the folder that each line means', async () => {
  const where = writeFiles(tempFolder(), { 'rose/1.jpg': photo, 'Tulip 2/1.jpg': photo })
  for (const [line, folder] of [
    ['0 rose', 'rose'],
    ['"rose",', 'rose'],
    ['- Rose', 'rose'],
    ['ro\u00adse', 'rose'],
    ['1: tulip 2', 'Tulip 2'],
  ] as const) {
    await assert.rejects(photosOf(where, [line]), (error) => {
      assert.ok(error instanceof ConfigError)
      assert.ok(error.message.includes(`no folder '${line}', but '${folder}'`), error.message)
      return true
    })
  }
  await assert.rejects(photosOf(where, ['2']), /no folder '2'$/)
})

test('labels with commas, one a line, are labels', async () => {
  const wanted = ['tench, Tinca tinca', 'goldfish, Carassius auratus', '[unknown]']
  assert.deepEqual(await labelsOf(wanted.join('\n')), wanted)
})

test('no labels file, a folder and an empty file are told apart', async () => {
  await assert.rejects(readLabels(join(folder, 'none.txt')), /Expected a labels file, got no '/)
  await assert.rejects(readLabels(folder), /Expected a labels file, got the folder '/)
  await assert.rejects(labelsOf('\n\n'), /Expected labels in '.*', got none/)
})

test('the same labels have one hash, however their accents are written', () => {
  const apart = names.map((name) => name.normalize('NFD'))
  assert.notDeepEqual(apart, names)
  assert.equal(hashLabels(apart), hashLabels(names))
  assert.notEqual(hashLabels(names), hashLabels([...names].reverse()))
})

const photo = await drawImage('#c01010')
const photosOf = async (where: string, labels: readonly string[], log = createWarnings()) => {
  const base = { height: 2, width: 2, format: 'jpg', decoder: createImageDecoder() }
  const input = await createImageFolder({ ...base, folder: where, labels, log })
  return [...input.samples()]
}

test('folders are found by their label, however the disk writes it', async () => {
  const where = writeFiles(tempFolder(), {
    [`${'café'.normalize('NFD')}/1.jpg`]: photo,
    'rose/1.jpg': photo,
  })
  const samples = await photosOf(where, ['rose', 'café'])
  assert.deepEqual(
    samples.map(({ label }) => label),
    [0, 1],
  )
  for (const sample of samples) await sample.read()
  assert.deepEqual(await labelledFolders(where, 'jpg'), ['café', 'rose'])
  assert.deepEqual((await listTrainingSets([where])).labels, ['café', 'rose'])
})

test('a folder without its label says what is there instead', async () => {
  const where = writeFiles(tempFolder(), {
    'Rose/1.jpg': photo,
    'tulip/1.heic': 'x',
    'tulip/2.HEIC': 'x',
  })
  await assert.rejects(
    photosOf(where, ['rose', 'tulip']),
    /no folder 'rose', but 'Rose'; 'tulip' has 2 files but none that ends in \.jpg \(they end in \.heic\)/,
  )
})

test('names that are no UTF-8 are read, and shown in a form that leads back to them', async () => {
  const where = tempFolder()
  const bytes = (name: string) => Buffer.from(name, 'latin1')
  const at = (...parts: readonly Buffer[]) =>
    Buffer.concat([Buffer.from(where), ...parts.flatMap((part) => [Buffer.from('/'), part])])
  mkdirSync(join(where, 'rose'))
  mkdirSync(at(bytes('caf\xe9')))
  for (const name of ["\xe9 'a\\b;\n.jpg", 'plain.jpg', 'd\xe9but.JPG']) {
    writeFileSync(at(bytes('rose'), bytes(name)), photo)
  }
  writeFileSync(at(bytes('caf\xe9'), bytes('1.jpg')), photo)
  const samples = await photosOf(where, ['rose', "$'caf\\xe9'"])
  assert.deepEqual(
    samples.map(({ file }) => file),
    [
      "rose/$'\\xe9 \\'a\\\\b;\\x0a.jpg'",
      "rose/$'d\\xe9but.JPG'",
      'rose/plain.jpg',
      "$'caf\\xe9'/1.jpg",
    ],
  )
  for (const sample of samples) assert.equal((await sample.read()).shape[0], 2)
  const below = await listBelow(where, (name) => plainName(name).toLowerCase().endsWith('.jpg'))
  assert.equal(below.length, 4)
  const { files: found } = await listTrainingSets([where])
  assert.equal(found.length, 4)
  assert.equal(typedPath(join(where, 'caf\uFFFD', '1.jpg')), join(where, "$'caf\\xe9'", '1.jpg'))
  assert.equal(typedPath(join(where, 'none\uFFFD')), join(where, 'none\uFFFD'))
})

test('a shown name is read back as the bytes that it is of, whatever they are', () => {
  const name = fc.oneof(
    fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .map((all) => Buffer.from(all.map((byte) => byte || 1))),
    fc.string({ unit: 'binary', minLength: 1 }).map((value) => Buffer.from(value)),
    fc
      .constantFrom("$'a'", "$'caf\\xe9.jpg'", "$''", "it's", '\\x41')
      .map((value) => Buffer.from(value)),
  )
  fc.assert(
    fc.property(name, (bytes) => {
      const own = Buffer.from(bytes.filter((byte) => byte !== 0x2f && byte !== 0))
      fc.pre(own.length > 0)
      const path = pathOfShown(`folder/${shownName(own)}`)
      assert.deepEqual(Buffer.from(path), Buffer.concat([Buffer.from('folder/'), own]))
    }),
  )
})

test('folders below are looked through once, also where a link leads back', async () => {
  const where = writeFiles(tempFolder(), {
    'a/1.jpg': photo,
    'a/.b/2.jpg': photo,
    'c/d/3.JPG': photo,
  })
  symlinkSync(where, join(where, 'a', 'back'))
  symlinkSync(join(where, 'c'), join(where, 'link'))
  const found = await listBelow(where, (name) => /\.jpg$/i.test(name))
  assert.deepEqual(found, ['a/1.jpg', 'c/d/3.JPG', 'link/d/3.JPG'])
})

test('bitmaps have thumbnails, and turned photos upright ones', async () => {
  for (const name of ['rgb-24.bmp', 'rle-8.bmp', 'turned-6.jpg']) {
    const uri = await thumbnailOf(
      readFileSync(repoPath('test', 'golden', 'input', 'brought', name)),
    )
    assert.match(uri, /^data:image\/jpeg;base64,/)
  }
})
