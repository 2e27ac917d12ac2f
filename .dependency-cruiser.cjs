// The arrows of the house (docs/architecture.md): which room may import which.
const room = (name) => `^src/${name}/`

/** Rooms that each room may import, beside itself. */
const allowed = {
  domain: [],
  wire: ['domain'],
  transport: ['domain', 'telemetry'],
  telemetry: ['domain'],
  engine: ['domain'],
  model: ['domain'],
  tier: ['domain', 'telemetry'],
  device: ['domain', 'telemetry'],
  door: ['domain', 'telemetry'],
  input: ['domain'],
  download: ['domain'],
  classify: ['domain'],
  report: ['domain', 'telemetry'],
  links: ['domain'],
  deployment: ['domain'],
  supervisor: ['domain'],
  evaluation: ['domain', 'model', 'input', 'telemetry'],
  plan: ['domain', 'evaluation', 'links'],
  training: ['domain', 'model', 'input', 'telemetry', 'evaluation'],
}

/** Single files of other rooms: seams, what stands on seams alone, and how models lie on disk. */
const seams = {
  evaluation: [
    'engine/engine.ts',
    'wire/wire.ts',
    'report/percentile.ts',
    'report/describe.ts',
    'report/plot/plot.ts',
    'links/quantity.ts',
  ],
  plan: [
    'bench/result.ts',
    'model/calibrated-manifests.ts',
    'model/manifest.ts',
    'report/describe.ts',
    'report/plot/plot.ts',
  ],
  training: ['engine/tfjs/install-hint.ts'],
  report: ['bench/result.ts', 'bench/contestant.ts', 'bench/load/load.ts'],
  engine: [
    'model/weights.ts',
    'model/saved-model.ts',
    'model/onnx-file.ts',
    'model/fixed-time.ts',
    'model/onnx/compile-layers.ts',
  ],
  tier: ['engine/engine.ts', 'transport/transport.ts', 'wire/wire.ts', 'input/input.ts'],
  classify: [
    'download/http.ts',
    'input/read-file.ts',
    'report/describe.ts',
    'report/html-head.ts',
    'report/html-style.ts',
    'report/html-text.ts',
  ],
  door: [
    'device/device.ts',
    'input/input.ts',
    'wire/wire.ts',
    'wire/json-cursor.ts',
    'wire/json-numbers.ts',
    'wire/json-tensor.ts',
  ],
  device: ['transport/transport.ts', 'wire/wire.ts', 'input/input.ts', 'report/report.ts'],
}

const arrows = Object.entries(allowed).map(([name, rooms]) => ({
  name: `${name}-imports`,
  comment: `${name} imports only ${[...rooms, 'errors.ts', 'user-module.ts', 'package-root.ts', ...(seams[name] ?? [])].join(', ')}`,
  severity: 'error',
  from: { path: room(name) },
  to: {
    path: '^src/',
    pathNot: [
      room(name),
      ...(name === 'domain' ? [] : ['^src/(errors|user-module|package-root)\\.ts$']),
      ...rooms.map(room),
      ...(seams[name] ?? []).map((file) => `^src/${file.replace('.', '\\.')}$`),
    ],
  },
}))

/** A package that one place alone may import. */
const only = (pattern, path, name) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: path },
  to: { path: pattern },
})

/** A room that only its commands import. */
const onTop = (name, users, comment) => ({
  name: `${name}-stands-on-top`,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${name}/|${users})` },
  to: { path: room(name) },
})

module.exports = {
  forbidden: [
    ...arrows,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only(
      'node_modules/kafkajs/',
      '^src/(transport/kafka/kafkajs|bench/bare)/',
      'kafkajs-in-its-adapter',
    ),
    only(
      '^src/transport/kafka/kafkajs/',
      '^src/transport/kafka/(kafkajs/|kafka-transport\\.ts$)',
      'a-second-client-could-stand-beside-kafkajs',
    ),
    only('node_modules/sharp/', '^src/(input|bench/bare)/', 'sharp-in-input'),
    only('node_modules/modern-tar/', '^src/download/', 'modern-tar-in-download'),
    only('node_modules/undici/', '^src/(download/|classify/askers/)', 'undici-in-its-rooms'),
    only('node_modules/(chokidar|tinyglobby)/', '^src/classify/sources/', 'watching-in-sources'),
    only('node_modules/csv-writer/', '^src/report/csv', 'csv-writer-in-csv'),
    only('node_modules/vega/', '^src/report/plot/', 'vega-in-plot'),
    only(
      'node_modules/@tensorflow/',
      '^src/(engine/tfjs|model|training|evaluation|input)/',
      'tfjs-in-its-rooms',
    ),
    only(
      'node_modules/onnxruntime-node/',
      '^src/(engine/onnx|bench/bare)/',
      'onnxruntime-in-its-room',
    ),
    {
      name: 'floors-know-nothing-of-ddnn',
      comment: 'bench/bare is what ddnn is held against: kafkajs, onnxruntime-node, sharp and Node',
      severity: 'error',
      from: { path: '^src/bench/bare/' },
      to: { path: '^src/', pathNot: '^src/bench/(bare/|driver/client\\.ts$)' },
    },
    {
      name: 'floors-import-three-packages',
      severity: 'error',
      from: { path: '^src/bench/bare/' },
      to: { path: 'node_modules/', pathNot: 'node_modules/(kafkajs|onnxruntime-node|sharp)/' },
    },
    only('node_modules/protobufjs/', '^src/model/onnx/', 'protobuf-in-model-onnx'),
    only('node_modules/@grpc/', '^src/door/grpc/', 'grpc-in-its-door'),
    {
      name: 'host-knows-no-runtime',
      severity: 'error',
      from: { path: '^src/engine/host/' },
      to: { path: '^src/(engine/(tfjs|onnx|fixed-time)|model)/' },
    },
    {
      name: 'runtimes-know-the-host-seam-alone',
      severity: 'error',
      from: { path: '^src/engine/(tfjs|onnx|fixed-time)/' },
      to: {
        path: '^src/engine/',
        pathNot:
          '^src/engine/(engine\\.ts$|host/(runtime|open-model|arrange|output-names|cores|no-network)\\.ts$|tfjs/|onnx/|fixed-time/)',
      },
    },
    only('node_modules/yargs/', '^src/cli/parse\\.ts$', 'yargs-in-parse'),
    only('node_modules/prom-client/', '^src/telemetry/', 'prom-client-in-telemetry'),
    onTop(
      'doctor',
      'cli/doctor(-deployment)?\\.ts$',
      'doctor looks at everything; only its command knows it',
    ),
    {
      name: 'top-rooms-know-no-flags',
      comment:
        'of cli, doctor and bench take the checked Config and what the package says of itself',
      severity: 'error',
      from: { path: '^src/(doctor|bench)/' },
      to: { path: '^src/cli/', pathNot: '^src/cli/(config|version|node-version)\\.ts$' },
    },
    onTop(
      'replay',
      'cli/(read-)?replay\\.ts$',
      'replay looks at a cluster as doctor does; only its command and the reading of its flags know it',
    ),
    onTop(
      'bench',
      'cli/((read-)?bench\\.ts$|(read-)?plan|flags/bench\\.ts$)|(plan|report/bench)/',
      'bench starts whole chains; only commands know it, and who reads its results their types',
    ),
    {
      name: 'replay-imports',
      comment: 'replay imports only transport, domain, telemetry and errors.ts; it knows no flags',
      severity: 'error',
      from: { path: '^src/replay/' },
      to: {
        path: '^src/',
        pathNot: '^src/(replay|transport|domain|telemetry)/|^src/errors\\.ts$',
      },
    },
    {
      name: 'only-compose-chooses-adapters',
      comment:
        'main.ts and cli/ reach adapters through compose.ts; train alone stands on its own room',
      severity: 'error',
      from: { path: '^src/(main\\.ts|cli/)' },
      to: {
        path: '^src/(transport/(kafka|in-process)|engine/(create|host|tfjs|onnx|fixed-time)|wire/(frame|legacy))',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
