// Which topic was meant: slips of the hand count, and names that are alike on purpose do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { nearestTopic } from '../../../src/serving/transport/kafka/nearest-topic.ts'

for (const [asked, present, near] of [
  ['from_device_to_egde', ['from_device_to_edge', 'other'], 'from_device_to_edge'],
  ['from-device-to-edge', ['from_device_to_edge'], 'from_device_to_edge'],
  ['Requests', ['requests'], 'requests'],
  ['edge-request', ['edge-requests', 'edge-replies'], 'edge-requests'],
  ['requests', ['requestes', 'request'], 'requestes'],
  // Alike on purpose.
  ['requests-2', ['requests-1', 'requests-10'], undefined],
  ['site12.requests', ['site13.requests'], undefined],
  ['edge-replies', ['edge-requests'], undefined],
  ['from_edge_to_fog', ['from_fog_to_edge', 'from_fog_to_cloud'], undefined],
  ['requests', ['requests'], undefined],
  ['a', ['b'], undefined],
  ['requests', ['_requests_dlq', 'request_dlq', '__requests'], undefined],
  ['consumer_offsets', ['__consumer_offsets'], undefined],
] as const) {
  test(`'${asked}' beside ${present.join(', ')}: ${near ?? 'none was meant'}`, () => {
    assert.equal(nearestTopic(asked, present), near)
  })
}

test('one letter left out of a long name is found, whichever it is', () => {
  const name = fc.stringMatching(/^[a-z][a-z_.-]{11,40}$/)
  fc.assert(
    fc.property(name, fc.nat(), (topic, at) => {
      const i = at % topic.length
      const typed = topic.slice(0, i) + topic.slice(i + 1)
      assert.equal(nearestTopic(typed, [topic]), topic)
    }),
  )
})
