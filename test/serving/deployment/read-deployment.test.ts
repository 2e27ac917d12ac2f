// Reading ddnn.yaml: what it says, and what is wrong with it, with the key and the line.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDeployment, readDeployment } from '../../../src/serving/deployment/read-deployment.ts'
import { ConfigError } from '../../../src/errors.ts'
import { repoPath } from '../../helpers/paths.ts'

const tiers = `tiers:
  - name: edge
    models: shipped/edge
  - name: cloud
    models: [../mine/fog, ../mine/cloud]
`

test('what is left out is a broker of our own, one replica, and links as the example names them', () => {
  const deployment = parseDeployment(tiers, '/somewhere/up/ddnn.yaml')
  assert.deepEqual(deployment, {
    file: '/somewhere/up/ddnn.yaml',
    kafka: { brokers: 'own', partitions: undefined },
    tiers: [
      {
        name: 'edge',
        models: [{ written: 'shipped/edge', path: repoPath('saved_models', 'edge') }],
        replicas: 1,
        flags: {},
      },
      {
        name: 'cloud',
        models: [
          { written: '../mine/fog', path: '/somewhere/mine/fog' },
          { written: '../mine/cloud', path: '/somewhere/mine/cloud' },
        ],
        replicas: 1,
        flags: {},
      },
    ],
    links: [
      {
        from: 'device',
        to: 'edge',
        requests: 'from_device_to_edge',
        replies: 'from_edge_to_device',
        brokers: 'own',
        flags: {},
      },
      {
        from: 'edge',
        to: 'cloud',
        requests: 'from_edge_to_cloud',
        replies: 'from_cloud_to_edge',
        brokers: 'own',
        flags: {},
      },
    ],
    door: undefined,
  })
})

test('a link that is given keeps the rest of its defaults, and brokers get their port', () => {
  const { kafka, links, door } = parseDeployment(
    `${tiers}kafka: { brokers: [k1, 'k2:9093'], partitions: 3 }
links:
  - between: [edge, cloud]
    requests: up
    brokers: far
    flags: { feature-codec: int8 }
door: {}
`,
    'ddnn.yaml',
  )
  assert.deepEqual(kafka, { brokers: 'k1:9092,k2:9093', partitions: 3 })
  assert.equal(links[0]?.brokers, 'k1:9092,k2:9093')
  assert.deepEqual(links[1], {
    from: 'edge',
    to: 'cloud',
    requests: 'up',
    replies: 'from_cloud_to_edge',
    brokers: 'far:9092',
    flags: { 'feature-codec': 'int8' },
  })
  assert.deepEqual(door, { httpPort: 8080, grpcPort: undefined, flags: {} })
})

const bad: readonly (readonly [title: string, text: string, message: RegExp])[] = [
  ['no tiers', 'kafka: { brokers: own }', /Expected tiers in 'f.yaml' \(line 1\) to be a list/],
  ['an empty file', '', /Expected tiers in 'f.yaml' to be a list of tiers, got nothing/],
  ['a list', '- 1', /Expected 'f.yaml' \(line 1\) to be a map with tiers, got \[1\]/],
  ['no YAML', 'tiers: [', /Expected 'f.yaml' to be YAML: .* at line 1/],
  [
    'a key that is mistyped',
    'tiers:\n  - name: edge\n    models: e\n    replica: 2',
    /tiers\[0\]\.replica in 'f.yaml' \(line 4\) not to stand there, did you mean replicas\?/,
  ],
  [
    'a number that is none',
    'tiers:\n  - name: edge\n    models: e\n    replicas: two',
    /tiers\[0\]\.replicas in 'f.yaml' \(line 4\) to be a whole number from 1, got "two"/,
  ],
  [
    'a name that no topic could have',
    'tiers: [{ name: "an edge", models: e }]',
    /tiers\[0\]\.name in 'f.yaml' \(line 1\) to be a name .*, got "an edge"/,
  ],
  [
    'the same name twice',
    'tiers:\n  - { name: a, models: e }\n  - { name: a, models: e }',
    /tiers\[1\]\.name in 'f.yaml' \(line 3\) to differ .* got a again/,
  ],
  ['a taken name', 'tiers: [{ name: door, models: e }]', /got door, which means another thing/],
  ['no models', 'tiers: [{ name: a }]', /tiers\[0\]\.models .* to be a folder, .* got nothing/],
  [
    'more replicas than partitions',
    'kafka: { partitions: 2 }\ntiers: [{ name: a, models: e, replicas: 3 }]',
    /replicas in 'f.yaml' \(line 2\) to be at most kafka.partitions, 2, .* got 3/,
  ],
  [
    'brokers that are no addresses',
    'kafka: { brokers: "http://k:9092" }\ntiers: [{ name: a, models: e }]',
    /kafka\.brokers .* to be own, host:port, or several of them, got "http:/,
  ],
  [
    'a link between strangers',
    `${tiers}links: [{ between: [egde, cloud] }]`,
    /links\[0\]\.between .* got egde, did you mean edge\?/,
  ],
  [
    'a link backwards',
    `${tiers}links: [{ between: [cloud, edge] }]`,
    /links\[0\]\.between .* to be neighbours, the asking one first, got \[cloud, edge\]/,
  ],
  [
    'one topic both ways',
    `${tiers}links: [{ between: [edge, cloud], requests: t, replies: t }]`,
    /links\[0\]\.replies .* to differ from requests, got t/,
  ],
  [
    'a flag that has a key',
    'tiers:\n  - name: a\n    models: e\n    flags: { consumer-back-topic: t }',
    /tiers\[0\]\.flags\.consumer-back-topic .*\(line 4\) to be said elsewhere, by links/,
  ],
  [
    "a door's port among its flags",
    `${tiers}door: { flags: { http-port: 1 } }`,
    /door\.flags\.http-port .* by the door's own key/,
  ],
  ['a door of one port', `${tiers}door: { grpc-port: 8080 }`, /door\.grpc-port .* to differ/],
]

for (const [title, text, message] of bad) {
  test(`refused: ${title}`, () => {
    assert.throws(
      () => parseDeployment(text, 'f.yaml'),
      (error) => error instanceof ConfigError && message.test(error.message),
    )
  })
}

test('all problems are told at once', () => {
  assert.throws(
    () => parseDeployment('tiers: [{ name: a, replicas: 0 }]\ndor: {}', 'f.yaml'),
    /^ConfigError: 3 problems:(\n {2}- Expected .*){3}/,
  )
})

test('a file that is not there is told with what writes one', () => {
  assert.throws(() => readDeployment('/nowhere/ddnn.yaml'), {
    code: 'DDNN_CONFIG_INVALID',
    hint: /ddnn init/,
  })
})
