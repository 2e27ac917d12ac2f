// The memory that bodies of all requests share.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBodyRoom } from '../../../../src/serving/door/http/body-room.ts'

test('what one request holds is missing to the others, and comes back once', () => {
  const room = createBodyRoom(100)
  const [first, second] = [room.hold(), room.hold()]
  first.grow(60)
  second.grow(40)
  assert.throws(() => second.grow(1), { refusal: 'overloaded' })
  first.release()
  first.release()
  second.grow(60)
  assert.throws(() => second.grow(1), { refusal: 'overloaded' })
})

test('a body that still comes when its request has ended takes nothing', () => {
  const room = createBodyRoom(100)
  const ended = room.hold()
  ended.release()
  assert.throws(() => ended.grow(1), { refusal: 'overloaded' })
  room.hold().grow(100)
})
