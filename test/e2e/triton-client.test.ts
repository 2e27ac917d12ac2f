// Triton's own client at both doors of one process with models: every form of a request that it knows, parameters, and
// the errors that a program must be able to tell apart.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { drawFlower, labels } from '../../src/input/drawn-flowers.ts'
import { createImageDecoder } from '../../src/input/decode.ts'
import { tempFolder } from '../helpers/cli.ts'
import { startPeer, type PeerLine } from '../helpers/python-peer.ts'
import { models } from './chain.ts'
import { startDoors } from './doors.ts'

const size = 180
const lines = new Map<string, PeerLine>()

before(async () => {
  const folder = tempFolder()
  const file = (name: string) => join(folder, name)
  // Difficult enough that the three exits differ.
  const image = await drawFlower({ label: 'tulips', difficulty: 0.8, seed: 5, size: 200 })
  writeFileSync(file('image.jpg'), image)
  writeFileSync(file('image.rgb'), await createImageDecoder()(image, size, size))
  writeFileSync(file('tokens'), '# of the test\nsecret\n')
  const doors = await startDoors([
    ...['--models', models('model'), '--name', 'gate', '--http-token-file', file('tokens')],
    ...['--http-max-body-bytes', String(2 << 20)],
  ])
  const peer = await startPeer('triton_forms.py', [
    ...['--http', doors.http, '--grpc', doors.grpc, '--token', 'secret'],
    ...['--image', file('image.jpg'), '--pixels', file('image.rgb'), '--size', String(size)],
  ])
  const { code, stderr } = await peer.exited
  assert.equal(code, 0, stderr)
  const { lines: cases } = peer
  for (const line of cases.slice(0, -1)) lines.set(String(line['case']), line)
  assert.equal(cases.at(-1)?.['done'], lines.size)
  assert.equal((await doors.cli.stop()).code, 0)
})

function answerOf(name: string): Readonly<Record<string, unknown>> {
  const line = lines.get(name)
  assert.ok(line, `the case '${name}' was asked`)
  assert.ok('answer' in line, `${name}: ${JSON.stringify(line)}`)
  return line['answer'] as Readonly<Record<string, unknown>>
}

const logitsOf = (name: string) => answerOf(name)['logits'] as readonly (readonly number[])[]

/** A sum in another order may differ in the last bits, never by a thousandth. */
function assertClose(actual: readonly number[] | undefined, expected: readonly number[]): void {
  assert.equal(actual?.length, expected.length)
  for (const [i, value] of expected.entries()) {
    assert.ok(
      Math.abs((actual?.[i] ?? NaN) - value) < 1e-3,
      `${actual?.join()} is ${expected.join()}`,
    )
  }
}

test('both doors are live and ready, and tell the same of the server and the model', () => {
  for (const door of ['http', 'grpc']) {
    for (const what of ['live', 'ready', 'model ready']) {
      assert.equal(lines.get(`${door} ${what}`)?.['answer'], true, `${door} ${what}`)
    }
    assert.equal(answerOf(`${door} server`)['name'], 'ddnn')
    const { inputs, versions } = answerOf(`${door} model`)
    assert.deepEqual(versions, ['1'])
    const [input] = inputs as readonly {
      name: string
      datatype: string
      shape: readonly unknown[]
    }[]
    assert.deepEqual([input?.name, input?.datatype], ['image', 'UINT8'])
    assert.deepEqual(input?.shape.map(Number), [-1, size, size, 3])
  }
  const { config } = answerOf('grpc config') as { config: { max_batch_size: number } }
  assert.equal(config.max_batch_size, 256)
  const { models: index } = answerOf('grpc index') as { models: readonly { state: string }[] }
  assert.deepEqual(
    index.map(({ state }) => state),
    ['READY'],
  )
})

test('an image has one answer, in whichever form and through whichever door it comes', () => {
  const [expected = []] = logitsOf('http pixels')
  assert.equal(expected.length, 5)
  const forms = ['pixels', 'floats', 'file', 'gzip']
  const cases = ['http', 'grpc'].flatMap((door) => forms.map((form) => `${door} ${form}`))
  for (const name of [...cases, 'http json', 'http base64', 'grpc typed']) {
    assertClose(logitsOf(name)[0], expected)
  }
})

test('images of one request keep their order', () => {
  const [image = []] = logitsOf('http pixels')
  const [turned = []] = logitsOf('http turned')
  assert.notDeepEqual(
    image.map((value) => value.toFixed(3)),
    turned.map((value) => value.toFixed(3)),
  )
  for (const door of ['http', 'grpc']) {
    const [first, second] = logitsOf(`${door} two`)
    assertClose(first, image)
    assertClose(second, turned)
  }
})

test('a request may bring thresholds of its own', () => {
  for (const door of ['http', 'grpc']) {
    for (const [name, exit] of [
      ['first exit', 0],
      ['list', 1],
      ['last exit', 2],
    ] as const) {
      const answer = answerOf(`${door} ${name}`)
      assert.deepEqual(answer['exit'], [exit], `${door} ${name}`)
      assert.deepEqual(answer['tier'], [['edge', 'fog', 'cloud'][exit]])
      const [hops] = answer['hops'] as readonly (readonly unknown[])[]
      assert.equal(hops?.length, exit + 1)
    }
    assert.deepEqual(logitsOf(`${door} budget`), logitsOf(`${door} pixels`))
  }
})

test('only the outputs that are asked for are given', () => {
  for (const door of ['http', 'grpc']) {
    const answer = answerOf(`${door} outputs`)
    assert.deepEqual(Object.keys(answer).sort(), ['exit', 'label'])
    assert.ok(labels.includes((answer['label'] as readonly string[])[0] ?? ''))
  }
})

test('what is wrong is told by the status of the protocol and by words', () => {
  const rows = [
    ['wrong shape', '400', 'INVALID_ARGUMENT', /\[N,180,180,3\], got \[1,179,180,3\]/],
    ['wrong datatype', '400', 'INVALID_ARGUMENT', /got BOOL/],
    ['wrong two inputs', '400', 'INVALID_ARGUMENT', /Expected one input, got 2/],
    ['wrong file', '400', 'INVALID_ARGUMENT', /Expected an? .*image/],
    ['no budget', '400', 'INVALID_ARGUMENT', /'budget_ms' .* got 'soon'/],
    ['wrong model', '404', 'NOT_FOUND', /Did you mean 'ddnn'\?/],
    ['wrong version', '404', 'NOT_FOUND', /got 'none'/],
    ['wrong large', '413', 'RESOURCE_EXHAUSTED', /2097152/],
    ['wrong no token', '401', 'UNAUTHENTICATED', /bearer token, got none/],
    ['wrong token', '401', 'UNAUTHENTICATED', /one that is not known/],
  ] as const
  for (const [name, http, grpc, expected] of rows) {
    for (const [door, status] of [
      ['http', http],
      ['grpc', `StatusCode.${grpc}`],
    ] as const) {
      const line = lines.get(`${door} ${name}`)
      assert.equal(line?.['status'], status, `${door} ${name}: ${JSON.stringify(line)}`)
      assert.match(String(line['message']), expected)
    }
  }
})
