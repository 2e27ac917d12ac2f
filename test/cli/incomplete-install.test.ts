// What is said where a package of the install is missing or not whole: errors as Node's own loaders throw them.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { incompleteInstall } from '../../src/cli/incomplete-install.ts'
import { ConfigError } from '../../src/errors.ts'
import { tempFolder } from '../helpers/cli.ts'

/** A project whose node_modules hold these packages, each an index.js. */
function project(packages: Readonly<Record<string, string>>): string {
  const folder = tempFolder()
  for (const [name, text] of Object.entries(packages)) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true })
    writeFileSync(join(folder, 'node_modules', name, 'index.js'), text)
  }
  return folder
}

/** By `require`: what it throws under `import`, Node 20 throws once more where nobody can catch it. */
function thrownBy(folder: string, name: string): unknown {
  try {
    return createRequire(join(folder, 'main.js'))(name)
  } catch (error) {
    return error
  }
}

// As napi-rs' packages throw where npm left their native part out.
const napi = `throw new Error('Cannot find native binding. npm has a bug related to optional dependencies')`
const sharp = `throw new Error('Could not load the "sharp" module using the linux-x64 runtime\\nPossible solutions:')`

for (const [title, packages, name, part] of [
  ['a package', {}, 'gone-away', 'gone-away'],
  ['a scoped one', {}, '@scope/gone', '@scope/gone'],
  ['a native part', { '@node-rs/crc': napi }, '@node-rs/crc', '@node-rs/crc'],
  ['the part of sharp', { sharp }, 'sharp', 'sharp'],
  ['a package of a package', { mid: `require('deep')` }, 'mid', 'deep'],
  ['a binary that is none', { bin: `require('./x.node')` }, 'bin', 'bin'],
] as const) {
  test(`${title} is named when it is missing`, () => {
    const folder = project(packages)
    if ('bin' in packages) writeFileSync(join(folder, 'node_modules/bin/x.node'), 'no library')
    const error = incompleteInstall(thrownBy(folder, name))
    assert.equal(error?.code, 'DDNN_INSTALL_INCOMPLETE')
    assert.ok(error.message.includes(`'${part}'`), error.message)
    assert.ok(!error.message.includes('\n'))
    assert.match(error.hint ?? '', /npm ci/)
  })
}

test('a package that an ES module imports is named too', async () => {
  const folder = project({})
  writeFileSync(join(folder, 'main.mjs'), `import '@scope/gone'`)
  await assert.rejects(import(pathToFileURL(join(folder, 'main.mjs')).href), (error) => {
    assert.match(incompleteInstall(error)?.message ?? '', /'@scope\/gone'/)
    return true
  })
})

test('faults of ours and errors that were thrown on purpose are left as they are', () => {
  const others = [
    new Error('x'),
    new TypeError('y'),
    'text',
    undefined,
    { code: 'MODULE_NOT_FOUND' },
  ]
  for (const other of others) assert.equal(incompleteInstall(other), undefined)
  const own = new ConfigError('DDNN_MODULE_INVALID', 'Cannot find native binding')
  assert.equal(incompleteInstall(own), undefined)
})
