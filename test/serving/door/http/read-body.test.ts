// What bodies may take of memory while they unpack, all of them together.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createBodyRoom } from '../../../../src/serving/door/http/body-room.ts'
import { readBody } from '../../../../src/serving/door/http/read-body.ts'
import { DoorError } from '../../../../src/serving/door/protocol.ts'

const plainBytes = 1 << 20
const packed = gzipSync(Buffer.alloc(plainBytes))

function requestOf(body: Uint8Array): IncomingMessage {
  const headers = { 'content-encoding': 'gzip' }
  return Object.assign(Readable.from([body]), { headers }) as unknown as IncomingMessage
}

test('small packed bodies that unpack to more than all may hold are refused while they unpack', async () => {
  const room = createBodyRoom(plainBytes / 2)
  const held = room.hold()
  await assert.rejects(
    readBody(requestOf(packed), plainBytes, held),
    (thrown) => thrown instanceof DoorError && thrown.refusal === 'overloaded',
  )
  held.release()
  const other = room.hold()
  other.grow(plainBytes / 2)
  other.release()
})

test('one that the others leave room for is read', async () => {
  const room = createBodyRoom(2 * plainBytes)
  const body = await readBody(requestOf(packed), plainBytes, room.hold())
  assert.equal(body.byteLength, plainBytes)
})
