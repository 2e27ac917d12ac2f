// The arrows of the house (docs/architecture.md): which floor may import which, and which room.
const serving = [
  'wire',
  'transport',
  'engine',
  'tier',
  'device',
  'door',
  'watch',
  'classify',
  'deployment',
  'supervisor',
]
const lab = ['training', 'evaluation', 'bench', 'plan', 'download', 'doctor', 'replay', 'links']

/** Where a room, or a file of one, lies under src/. */
const placeOf = (path) => {
  const name = path.split('/')[0]
  return serving.includes(name) ? `serving/${path}` : lab.includes(name) ? `lab/${path}` : path
}
const room = (name) => `^src/${placeOf(name)}/`

/** Rooms that each room may import, beside itself. */
const allowed = {
  domain: [],
  // In the browser: what the process tells is all that it has in common with it.
  page: ['domain'],
  http: ['domain'],
  files: ['domain'],
  wire: ['domain'],
  transport: ['domain', 'telemetry'],
  telemetry: ['domain'],
  engine: ['domain'],
  model: ['domain', 'files'],
  tier: ['domain', 'telemetry'],
  device: ['domain', 'telemetry'],
  door: ['domain', 'telemetry'],
  watch: ['domain', 'telemetry'],
  input: ['domain'],
  download: ['domain', 'http', 'files'],
  classify: ['domain', 'http', 'files'],
  report: ['domain', 'telemetry', 'files'],
  links: ['domain'],
  deployment: ['domain'],
  supervisor: ['domain'],
  evaluation: ['domain', 'model', 'input', 'telemetry'],
  plan: ['domain', 'evaluation', 'links'],
  training: ['domain', 'model', 'input', 'telemetry', 'evaluation', 'files'],
}

/** Single files of other rooms: seams, what stands on seams alone, and how models lie on disk. */
const seams = {
  evaluation: [
    'engine/engine.ts',
    'wire/wire.ts',
    'wire/remembered.ts',
    'report/percentile.ts',
    'links/quantity.ts',
  ],
  plan: [
    'bench/result.ts',
    'model/calibrated-manifests.ts',
    'model/manifest.ts',
    'report/describe.ts',
    'report/page/document.ts',
    'report/page/page.ts',
    'report/plot/plot.ts',
  ],
  training: ['engine/open-probe.ts', 'engine/tfjs/install-hint.ts', 'wire/features/features.ts'],
  engine: [
    'model/weights.ts',
    'model/saved-model.ts',
    'model/onnx-file.ts',
    'model/told-by-files.ts',
    'model/fixed-time.ts',
    'model/onnx/compile-layers.ts',
    'model/onnx/topology.ts',
    'model/onnx/unknown-layers.ts',
  ],
  tier: ['engine/engine.ts', 'transport/transport.ts', 'wire/wire.ts', 'input/input.ts'],
  classify: [
    'input/read-file.ts',
    'input/read-pipe.ts',
    'input/file-name.ts',
    'input/image-name.ts',
    'input/list-files.ts',
    'input/typed-path.ts',
    'report/describe.ts',
    'report/page/document.ts',
    'report/page/escape.ts',
    'report/page/table.ts',
  ],
  door: [
    'device/device.ts',
    'input/input.ts',
    'input/file-kind.ts',
    'wire/wire.ts',
    'wire/json-cursor.ts',
    'wire/json-numbers.ts',
    'wire/json-tensor.ts',
  ],
  watch: ['device/device.ts', 'door/tokens.ts', 'wire/wire.ts'],
  device: ['transport/transport.ts', 'wire/wire.ts', 'input/input.ts', 'report/report.ts'],
}

/** Files above the rooms, which all but plain data and the browser may import. */
const above = (name) =>
  name === 'domain' || name === 'page' ? [] : ['errors.ts', 'user-module.ts', 'package-root.ts']

/** Of the ground and yet of the lab: they tell what lab/evaluation found, whose types they take. */
const pagesOfEvaluation = '^src/report/evaluation/'

const arrows = Object.entries(allowed).map(([name, rooms]) => ({
  name: `${name}-imports`,
  comment: `${name} imports only ${[...rooms, ...above(name), ...(seams[name] ?? [])].join(', ')}`,
  severity: 'error',
  from: { path: room(name), pathNot: pagesOfEvaluation },
  to: {
    path: '^src/',
    pathNot: [
      room(name),
      ...above(name).map((file) => `^src/${file.replace('.', '\\.')}$`),
      ...rooms.map(room),
      ...(seams[name] ?? []).map((file) => `^src/${placeOf(file).replace('.', '\\.')}$`),
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
  from: { path: '^src/', pathNot: `^src/(${placeOf(name)}/|${users})` },
  to: { path: room(name) },
})

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'serving-knows-no-lab',
      comment: 'what answers a request needs nothing of what trains, measures and examines',
      severity: 'error',
      from: { path: '^src/serving/' },
      to: { path: '^src/lab/' },
    },
    {
      name: 'the-ground-carries-both-floors',
      comment: 'what both floors use knows neither; seams are types',
      severity: 'error',
      from: {
        path: '^src/(domain|model|input|report|telemetry|http|files)/',
        pathNot: pagesOfEvaluation,
      },
      to: { path: '^src/(serving|lab|cli|compose)/' },
    },
    {
      name: 'report-evaluation-imports',
      comment:
        'report/evaluation tells what lab/evaluation found; of other rooms it knows what report does',
      severity: 'error',
      from: { path: pagesOfEvaluation },
      to: { path: '^src/', pathNot: '^src/(report|lab/evaluation|domain)/' },
    },
    {
      name: 'report-evaluation-computes-nothing',
      severity: 'error',
      from: { path: pagesOfEvaluation },
      to: { path: '^src/lab/', dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only(
      'node_modules/kafkajs/',
      '^src/(serving/transport/kafka/kafkajs|lab/bench/bare)/',
      'kafkajs-in-its-adapter',
    ),
    only(
      '^src/serving/transport/kafka/kafkajs/',
      '^src/serving/transport/kafka/(kafkajs/|kafka-transport\\.ts$)',
      'a-second-client-could-stand-beside-kafkajs',
    ),
    only('node_modules/sharp/', '^src/(input|lab/bench/bare)/', 'sharp-in-input'),
    only('node_modules/modern-tar/', '^src/lab/download/', 'modern-tar-in-download'),
    only('node_modules/undici/', '^src/(http|serving/classify/askers)/', 'undici-in-its-rooms'),
    only(
      'node_modules/(chokidar|tinyglobby)/',
      '^src/serving/classify/sources/',
      'watching-in-sources',
    ),
    only('node_modules/csv-writer/', '^src/report/csv', 'csv-writer-in-csv'),
    only('node_modules/vega/', '^src/report/plot/', 'vega-in-plot'),
    only(
      'node_modules/@tensorflow/',
      '^src/(serving/engine/tfjs|model|lab/training|lab/evaluation|input)/',
      'tfjs-in-its-rooms',
    ),
    only(
      'node_modules/onnxruntime-node/',
      '^src/(serving/engine/onnx|lab/bench/bare)/',
      'onnxruntime-in-its-room',
    ),
    {
      name: 'floors-know-nothing-of-ddnn',
      comment: 'bench/bare is what ddnn is held against: kafkajs, onnxruntime-node, sharp and Node',
      severity: 'error',
      from: { path: '^src/lab/bench/bare/' },
      to: { path: '^src/', pathNot: '^src/lab/bench/(bare/|driver/client\\.ts$)' },
    },
    {
      name: 'floors-import-three-packages',
      severity: 'error',
      from: { path: '^src/lab/bench/bare/' },
      to: { path: 'node_modules/', pathNot: 'node_modules/(kafkajs|onnxruntime-node|sharp)/' },
    },
    only(
      'node_modules/protobufjs/',
      '^src/model/(onnx/|backbone/|proto-message\\.ts)',
      'protobuf-in-model',
    ),
    only('node_modules/@grpc/', '^src/serving/door/grpc/', 'grpc-in-its-door'),
    {
      name: 'host-knows-no-runtime',
      severity: 'error',
      from: { path: '^src/serving/engine/host/' },
      to: { path: '^src/(serving/engine/(tfjs|onnx|fixed-time)|model)/' },
    },
    {
      name: 'runtimes-know-the-host-seam-alone',
      severity: 'error',
      from: { path: '^src/serving/engine/(tfjs|onnx|fixed-time)/' },
      to: {
        path: '^src/serving/engine/',
        pathNot:
          '^src/serving/engine/(engine\\.ts$|host/(runtime|open-model|arrange|image-input|output-names|cores|no-network)\\.ts$|tfjs/|onnx/|fixed-time/)',
      },
    },
    only('node_modules/yargs/', '^src/cli/yargs-parser\\.ts$', 'yargs-in-its-parser'),
    only('node_modules/prom-client/', '^src/telemetry/', 'prom-client-in-telemetry'),
    only(
      'node_modules/@opentelemetry/',
      '^src/telemetry/tracing/otlp[.]ts$',
      'opentelemetry-in-otlp',
    ),
    only('node_modules/(preact|uplot)/', '^src/page/', 'preact-and-uplot-in-page'),
    {
      name: 'page-runs-in-a-browser',
      comment: 'of packages it has what scripts/bundle-page.mjs puts in, of Node nothing',
      severity: 'error',
      from: { path: '^src/page/' },
      to: { path: '(node_modules/|^[^/]+$)', pathNot: '(node_modules/(preact|uplot)/|^src/)' },
    },
    {
      name: 'nobody-imports-page',
      comment: 'it is bundled, and served as files',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/page/' },
      to: { path: '^src/page/' },
    },
    onTop(
      'doctor',
      'cli/(json/)?doctor(-deployment)?\\.ts$',
      'doctor looks at everything; only its command knows it',
    ),
    {
      name: 'top-rooms-know-no-flags',
      comment:
        'of cli, doctor and bench take the checked Config and what the package says of itself',
      severity: 'error',
      from: { path: '^src/lab/(doctor|bench)/' },
      to: { path: '^src/cli/', pathNot: '^src/cli/(config|version|node-version)\\.ts$' },
    },
    onTop(
      'replay',
      'cli/(read-)?replay\\.ts$',
      'replay looks at a cluster as doctor does; only its command and the reading of its flags know it',
    ),
    onTop(
      'bench',
      'cli/((read-)?bench\\.ts$|(read-)?plan|flags/bench\\.ts$|json/forms\\.ts$)|lab/plan/',
      'bench starts whole chains; only commands know it, and who reads its results their types',
    ),
    {
      name: 'replay-imports',
      comment: 'replay imports only transport, domain, telemetry and errors.ts; it knows no flags',
      severity: 'error',
      from: { path: '^src/lab/replay/' },
      to: {
        path: '^src/',
        pathNot: '^src/(lab/replay|serving/transport|domain|telemetry)/|^src/errors\\.ts$',
      },
    },
    {
      name: 'only-compose-chooses-adapters',
      comment:
        'main.ts and cli/ reach adapters through compose.ts; train alone stands on its own room',
      severity: 'error',
      from: { path: '^src/(main\\.ts|cli/)' },
      to: {
        path: '^src/serving/(transport/(kafka|in-process)|engine/(create|host|tfjs|onnx|fixed-time)|wire/(frame|legacy))',
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
