// Who may ask: tokens of a file, this machine, everybody.
import assert from 'node:assert/strict'
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createAccess } from '../../../src/serving/door/access.ts'
import { DoorError, type Refusal } from '../../../src/serving/door/protocol.ts'
import { DdnnError } from '../../../src/errors.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { until } from '../../helpers/until.ts'

const refusal = (kind: Refusal) => (thrown: unknown) =>
  thrown instanceof DoorError && thrown.refusal === kind

function isLetIn(check: () => void): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}

test('without a token file this machine alone is answered, by any of its loopback addresses', () => {
  const { check } = createAccess({ tokenFile: undefined, isOpen: false })
  for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) {
    check(undefined, address)
  }
  for (const address of [
    '10.0.0.1',
    '128.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    'fe80::1%lo',
    'x',
    '',
  ]) {
    assert.throws(() => check(undefined, address), refusal('forbidden'), address)
  }
  assert.throws(() => check('Bearer x', undefined), refusal('forbidden'))
})

test('an open door answers everybody', () => {
  const { check } = createAccess({ tokenFile: undefined, isOpen: true })
  check(undefined, '10.0.0.1')
  check(undefined, undefined)
})

test('with a token file its tokens count alone, also on this machine', () => {
  const tokenFile = join(tempFolder(), 'tokens')
  writeFileSync(tokenFile, '\ufeff# of the lab\r\n\r\n  first  \nsecond\n#third\n')
  const { check } = createAccess({ tokenFile, isOpen: false })
  check('Bearer first', '10.0.0.1')
  check('bearer  second ', undefined)
  for (const wrong of [
    ...[undefined, '', 'first', 'Basic first', 'Bearer', 'Bearer ', 'Bearer firs', 'Bearer first2'],
    ...['Bearer #third', 'Bearer third', 'Bearer # of the lab', 'Bearer first second'],
  ]) {
    assert.throws(() => check(wrong, '127.0.0.1'), refusal('unauthenticated'), wrong ?? 'none')
  }
})

test('a file without tokens, or none at all, ends the start', () => {
  const tokenFile = join(tempFolder(), 'tokens')
  const open = () => createAccess({ tokenFile, isOpen: false })
  const isInvalid = (thrown: unknown) =>
    thrown instanceof DdnnError && thrown.code === 'DDNN_CONFIG_INVALID'
  assert.throws(open, isInvalid)
  symlinkSync(tokenFile, tokenFile)
  assert.throws(open, isInvalid)
  rmSync(tokenFile)
  writeFileSync(tokenFile, '# nothing yet\n\n')
  assert.throws(open, isInvalid)
})

test('the file is read anew when it changes, and lets nobody in while it holds no token', async () => {
  const folder = tempFolder()
  const tokenFile = join(folder, 'tokens')
  writeFileSync(tokenFile, 'old\n')
  const { check } = createAccess({ tokenFile, isOpen: false })
  check('Bearer old', undefined)
  const letsIn = (token: string) => isLetIn(() => check(`Bearer ${token}`, undefined))

  writeFileSync(join(folder, 'next'), 'new\n')
  renameSync(join(folder, 'next'), tokenFile)
  await until('the new token to count', () => letsIn('new'))
  assert.equal(letsIn('old'), false)

  rmSync(tokenFile)
  await until('nobody to be let in', () => !letsIn('new'))
  writeFileSync(tokenFile, 'old\n')
  await until('the old token to count again', () => letsIn('old'))

  rmSync(tokenFile)
  symlinkSync(tokenFile, tokenFile)
  await until('nobody to be let in by a link that leads nowhere', () => !letsIn('old'))
  rmSync(tokenFile)
  writeFileSync(tokenFile, 'old\n')
  await until('the old token to count once more', () => letsIn('old'))
})
