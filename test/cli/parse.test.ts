import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { commandNames } from '../../src/cli/commands.ts'
import { envNameOf, namesOf } from '../../src/cli/flag.ts'
import { flags, flagsOf } from '../../src/cli/flags.ts'
import { commandHelp } from '../../src/cli/help.ts'
import { assertNoProblems, parseCommandLine } from '../../src/cli/parse.ts'
import { resolveRun } from '../../src/cli/roles.ts'
import { DdnnError } from '../../src/errors.ts'
import { canPack } from '../../src/serving/wire/features/node-zstd.ts'

const parse = (line: string, env: Record<string, string> = {}) =>
  parseCommandLine('run', line.split(' ').filter(Boolean), env)
const parseDownload = (line: string, env: Record<string, string> = {}) =>
  parseCommandLine('download', line.split(' ').filter(Boolean), env)

const resolve = (line: string, env: Record<string, string> = {}) => {
  const { values, problems } = parse(line, env)
  const all = [...problems]
  const config = resolveRun(values, all)
  return { config, problems: all }
}

const tierLine =
  '--models saved_models/edge --name local_edge --producer-back-topic from_edge_to_device --consumer-back-topic from_device_to_edge --producer-front localhost --producer-front-port 9092 --producer-front-topic from_edge_to_fog --consumer-front localhost --consumer-front-port 9092 --consumer-front-topic from_fog_to_edge --tensorflow'
const deviceLine =
  '-i data/flower_photos/train -l data/labels.txt --name device --producer-front localhost --producer-front-port 9092 --producer-front-topic from_device_to_edge --consumer-front localhost --consumer-front-port 9092 --consumer-front-topic from_edge_to_device'

test('--max-image-pixels bounds what a device and a tier decode; without it the decoder does', () => {
  const ofTier = resolve(`${tierLine} --max-image-pixels 1000`).config
  const ofDevice = resolve(`${deviceLine} --max-image-pixels 2000`).config
  assert.ok(ofTier?.role === 'tier' && ofDevice?.role === 'device')
  assert.equal(ofTier.maxImagePixels, 1000)
  assert.equal(ofDevice.input.maxImagePixels, 2000)
  const plain = resolve(tierLine).config
  assert.ok(plain?.role === 'tier')
  assert.equal(plain.maxImagePixels, undefined)
})

test("the original's edge command is a tier with both links on full TensorFlow", () => {
  const { config, problems } = resolve(tierLine)
  assert.deepEqual(problems, [])
  assert.ok(config?.role === 'tier')
  assert.equal(config.groupId, 'local_edge')
  assert.equal(config.engine.choice, 'tensorflow')
  assert.equal(config.back.requestTopic, 'from_device_to_edge')
  assert.equal(config.back.replyTopic, 'from_edge_to_device')
  assert.deepEqual(config.back.requestBrokers, ['localhost:9092'])
  assert.equal(config.front?.requestTopic, 'from_edge_to_fog')
  assert.equal(config.front?.replyTopic, 'from_fog_to_edge')
  assert.equal(config.output.csvFile, undefined)
})

test("the original's device command is a device that writes results.csv", () => {
  const { config, problems } = resolve(deviceLine)
  assert.deepEqual(problems, [])
  assert.ok(config?.role === 'device')
  assert.equal(config.input.folder, 'data/flower_photos/train')
  assert.equal(config.input.format, 'jpg')
  assert.equal(config.output.csvFile, 'results.csv')
})

test('an input with models is a local run, with or without a front link', () => {
  const alone = resolve('-i in -l labels --name x --models saved_models/model')
  assert.equal(alone.config?.role, 'local')
  assert.equal(alone.config?.front, undefined)
  const withFront = resolve(`${deviceLine} --models saved_models/edge`)
  assert.equal(withFront.config?.role, 'local')
  assert.equal(withFront.config?.front?.requestTopic, 'from_device_to_edge')
})

test('--cifar10 stands for an input in the roles of device and local', () => {
  const device = resolve(
    deviceLine.replace('-i data/flower_photos/train -l data/labels.txt', '--cifar10'),
  )
  assert.ok(device.config?.role === 'device')
  assert.equal(device.config.input.kind, 'cifar10')
  const local = resolve('--cifar10 --cifar10-path d --name x --models m')
  assert.ok(local.config?.role === 'local')
  assert.equal(local.config.input.folder, 'd')
})

test('every problem of a command line is listed at once, each with what was expected and what came', () => {
  const { problems } = resolve('--height tall --treshold 0.5 --engine gpu --max-in-flight 0 stray')
  const expected = [
    "Expected --height to be a whole number from 1 to 16384, got 'tall'",
    'Unknown flag --treshold, did you mean --threshold?',
    "Expected --engine to be one of auto, onnx, tensorflow, wasm, got 'gpu'",
    "Expected --max-in-flight to be a whole number from 1 to 65536, got '0'",
    "Unexpected argument 'stray'",
    'Expected --name to be given',
    'Expected --input (a device), --models and a back link (a tier), or --http-port and --models',
  ]
  for (const sentence of expected) {
    assert.ok(
      problems.some((problem) => problem.startsWith(sentence)),
      `${sentence} is in\n${problems.join('\n')}`,
    )
  }
  assert.throws(
    () => assertNoProblems(problems, 'run'),
    (error) => error instanceof DdnnError && error.code === 'DDNN_CONFIG_INVALID',
  )
})

const front =
  '--producer-front h --producer-front-topic a --consumer-front h --consumer-front-topic b'

const mistakes: readonly [title: string, line: string, problem: RegExp][] = [
  [
    '--input without --labels before an original',
    `-i in --name x ${front} --wire-front json`,
    /--labels with --input and --wire-front json/,
  ],
  [
    'a gateway before an original',
    `--name x --http-port 0 ${front} --wire-front json`,
    /a gateway asks what is in front, which an original cannot tell/,
  ],
  ['an input without models and front link', '-i in -l l --name x', /--models, or a front link/],
  ['neither input nor models', '--name x', /--input \(a device\), --models and a back link/],
  ['a tier without back topics', '--name x --models m', /--consumer-back-topic to be given/],
  [
    'half a front link',
    '-i in -l l --name x --producer-front h',
    /--producer-front-topic to be given/,
  ],
  ['a flag without its value', '--name --models m', /Expected --name to have a value/],
  [
    'one topic for both ways',
    '--name x --models m --consumer-back-topic t --producer-back-topic t',
    /to differ/,
  ],
  ['a topic with a space', `${deviceLine} --producer-front-topic a/b`, /topic name/],
  ['a host with a bad port', `${deviceLine} --producer-front h:99999`, /host or host:port/],
  ['a back link on a device', `${deviceLine} --producer-back-topic t`, /no back link on a device/],
  [
    'jpeg with --cifar10',
    '--cifar10 --name x --models m --send jpeg',
    /--send-quality with --send jpeg/,
  ],
  [
    'a file of values that are no image',
    `${deviceLine} --preprocess p.js --send webp`,
    /uint8 or float32 with --preprocess, got webp/,
  ],
  [
    'a quality of pixels',
    `${deviceLine} --send-quality 80`,
    /avif with --send-quality, got no --send/,
  ],
  [
    'an unknown codec of features',
    `${tierLine} --feature-codec int7`,
    /int8-channel.*alone or with \+deflate or \+zstd, got 'int7'/,
  ],
  [
    'a codec of features towards an original',
    `${tierLine} --wire-front json --feature-codec int8`,
    /--feature-codec float32 with --wire-front json/,
  ],
  ['--resume of a CSV without names', `${deviceLine} --resume --csv original`, /--csv full/],
  ['--resume with a page of the run', `${deviceLine} --resume --html a.html`, /no --html/],
  ['a user name without a mechanism', `${deviceLine} --sasl-username u`, /--sasl-mechanism/],
  [
    'a certificate without its key',
    `${deviceLine} --ssl-cert package.json`,
    /--ssl-cert and --ssl-key/,
  ],
  [
    'a TLS name without TLS',
    `${deviceLine} --ssl-servername kafka`,
    /--ssl or --ssl-ca with --ssl-servername/,
  ],
  [
    'a time longer than timers hold',
    `${deviceLine} --timeout-ms 9999999999`,
    /from 1 to 2147483647/,
  ],
  ['a missing CA file', `${deviceLine} --ssl-ca nowhere.pem`, /nowhere\.pem.*ENOENT/],
  [
    'many in flight towards an original',
    `${deviceLine} --wire-front json --max-in-flight 4`,
    /one request at a time/,
  ],
  ['--preprocess with --cifar10', '--cifar10 --name x --models m --preprocess p.js', /32 x 32/],
  ['another size with --cifar10', '--cifar10 --name x --models m --height 180', /--height 32/],
  [
    '--tensorflow with --engine wasm',
    '--cifar10 --name x --models m --tensorflow --engine wasm',
    /got both/,
  ],
  ['--input and --cifar10', `${deviceLine} --cifar10`, /--input or --cifar10, got both/],
]
for (const [title, line, problem] of mistakes) {
  test(`${title} is named`, () => {
    const { problems } = resolve(line)
    assert.ok(
      problems.some((p) => problem.test(p)),
      problems.join('\n'),
    )
  })
}

test('a flag beats its DDNN_ name, which beats the bare name, which beats the config file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddnn-config-'))
  const file = join(folder, 'tier.yaml')
  writeFileSync(file, 'name: from-file\nthreshold: 0.7\nmodels: [a, b]\ntensorflow: true\n')
  const line = `--config ${file}`
  const env = { GROUP_ID: 'bare', DDNN_NAME: 'long' }
  assert.equal(parse(`${line} --name typed`, env).values.string('name'), 'typed')
  assert.equal(parse(line, env).values.string('name'), 'long')
  assert.equal(parse(line, { GROUP_ID: 'bare' }).values.string('name'), 'bare')
  const { values, problems } = parse(line)
  assert.deepEqual(problems, [])
  assert.equal(values.string('name'), 'from-file')
  assert.equal(values.number('threshold'), 0.7)
  assert.deepEqual(values.list('models'), ['a', 'b'])
  assert.equal(values.boolean('tensorflow'), true)
})

test("the original's nine environment names make a tier without flags", () => {
  const env = {
    GROUP_ID: 'edge',
    PRODUCER_BACK: 'kafka-1:9093,kafka-2',
    PRODUCER_BACK_TOPIC: 'edgedevice',
    CONSUMER_BACK: 'kafka-1:9093,kafka-2',
    CONSUMER_BACK_TOPIC: 'deviceedge',
    PRODUCER_FRONT: 'cloud',
    PRODUCER_FRONT_TOPIC: 'edgecloud',
    CONSUMER_FRONT: 'cloud',
    CONSUMER_FRONT_TOPIC: 'cloudedge',
    DDNN_MODELS: 'saved_models/fog saved_models/cloud',
  }
  const { config, problems } = resolve('', env)
  assert.deepEqual(problems, [])
  assert.ok(config?.role === 'tier')
  assert.equal(config.name, 'edge')
  assert.deepEqual(config.models, ['saved_models/fog', 'saved_models/cloud'])
  assert.deepEqual(config.back.requestBrokers, ['kafka-1:9093', 'kafka-2:9092'])
  assert.deepEqual(config.front?.replyBrokers, ['cloud:9092'])
})

test('an empty environment variable counts as not set', () => {
  assert.equal(parse('', { DDNN_THRESHOLD: '' }).values.isGiven('threshold'), false)
})

test('a wrong value in the environment is named by its variable', () => {
  assert.match(
    parse('', { DDNN_HEIGHT: 'x' }).problems[0] ?? '',
    /Expected DDNN_HEIGHT to be a whole/,
  )
})

test('an unknown key of a config file is named with the file', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'ddnn-config-')), 'c.json')
  writeFileSync(file, '{"nmae": "x"}')
  assert.match(parse(`--config ${file}`).problems[0] ?? '', /got 'nmae', did you mean name\?/)
})

test('one end of a link lends its hosts to the other', () => {
  const { config } = resolve(
    '--name x --models m --consumer-back kafka:9094 --consumer-back-topic a --producer-back-topic b',
  )
  assert.ok(config?.role === 'tier')
  assert.deepEqual(config.back.replyBrokers, ['kafka:9094'])
})

test('the security of one link is its own flags over those of both', () => {
  const { config, problems } = resolve(
    `${tierLine} --ssl --back-sasl-mechanism plain --sasl-username u --sasl-password p --no-front-ssl`,
  )
  assert.deepEqual(
    problems.filter((p) => !p.includes('--sasl-mechanism')),
    [],
  )
  assert.equal(problems.length, 1) // The front has a user name and no mechanism.
  const fixed = resolve(
    `${tierLine} --ssl --no-front-ssl --sasl-mechanism plain --sasl-username u --sasl-password p`,
  )
  assert.ok(fixed.config?.role === 'tier')
  assert.equal(fixed.config.back.tls?.isVerified, true)
  assert.equal(fixed.config.front?.tls, undefined)
  assert.equal(config, undefined)
})

test('a typed flag that the role does not look at is a warning, one from the environment is not', () => {
  const { config } = resolve(`${deviceLine} --threshold 0.5 --group-id g`, { DDNN_WORKERS: '2' })
  assert.deepEqual(config?.warnings, [
    '--threshold has no effect on a device without --models',
    '--group-id has no effect on a device without --models',
  ])
  assert.deepEqual(resolve(tierLine).config?.warnings, [])
})

test("a link's own password goes before a password file of both links", () => {
  const file = join(mkdtempSync(join(tmpdir(), 'ddnn-config-')), 'password')
  writeFileSync(file, 'shared\n')
  const { config, problems } = resolve(
    `${tierLine} --sasl-mechanism plain --sasl-username u --sasl-password-file ${file} --back-sasl-password own`,
  )
  assert.deepEqual(problems, [])
  assert.ok(config?.role === 'tier')
  assert.equal(config.back.sasl?.password, 'own')
  assert.equal(config.front?.sasl?.password, 'shared')
})

test('negative thresholds and both spellings of a flag are understood', () => {
  const { config } = resolve('-i in -l l --name x --models m -t -1.5 --input-format png')
  assert.ok(config?.role === 'local')
  assert.equal(config.exits.threshold, -1.5)
  assert.equal(config.input.format, 'png')
})

for (const command of commandNames) {
  test(`the table of '${command}' has no name twice, ASCII help, and a value name wherever one is taken`, () => {
    const names = flagsOf(command).flatMap(namesOf)
    assert.equal(new Set(names).size, names.length)
    for (const flag of flagsOf(command)) {
      assert.match(flag.help + (flag.details ?? ''), /^[\x00-\x7f]+$/)
      assert.equal(flag.value !== undefined, flag.kind !== 'boolean', flag.name)
    }
  })

  test(`the whole help of '${command}' shows every flag under its heading, within the terminal's width`, () => {
    const help = commandHelp(command, { isAll: true, width: 80 })
    for (const flag of flagsOf(command)) {
      assert.match(help, new RegExp(`--(no-)?${flag.name}\\b`))
      assert.ok(help.includes(`${flag.group}:`), flag.group)
    }
  })
}

test('environment names are unique, but for flags that several commands share', () => {
  const byEnv = new Map<string, Set<string>>()
  for (const flag of flags) {
    byEnv.set(envNameOf(flag), (byEnv.get(envNameOf(flag)) ?? new Set()).add(flag.name))
  }
  for (const [name, owners] of byEnv) assert.equal(owners.size, 1, name)
})

test('the word behind a command stands for its flag, and a second one for nothing', () => {
  const typed = parseDownload('cifar10 -o somewhere')
  assert.deepEqual(typed.problems, [])
  assert.equal(typed.values.string('data-set'), 'cifar10')
  assert.equal(typed.values.string('output'), 'somewhere')
  const { values, problems } = parseDownload('--force flowers cifar10')
  assert.equal(values.string('data-set'), 'flowers')
  assert.equal(values.boolean('force'), true)
  assert.deepEqual(problems, ["Unexpected argument 'cifar10': DATA-SET was given already"])
  assert.equal(parseDownload('', { DDNN_DATA_SET: 'flowers' }).values.string('data-set'), 'flowers')
  assert.deepEqual(parseDownload('mnist').problems, [
    "Expected DATA-SET to be one of cifar10, flowers, got 'mnist'",
  ])
})

test("--feature-codec is any form alone or packed, and is the manifest's without it", () => {
  for (const codec of ['float32', 'int4-channel', 'int8+deflate']) {
    const { config, problems } = resolve(`${tierLine} --feature-codec ${codec}`)
    assert.deepEqual(problems, [])
    assert.equal(config?.featureCodec, codec)
  }
  assert.equal(resolve(tierLine).config?.featureCodec, undefined)
})

test('zstd is refused by a Node that does not write it, naming one that does', () => {
  const { problems } = resolve(`${tierLine} --feature-codec int8+zstd`)
  assert.deepEqual(
    problems.map((problem) => /Node 22\.15 or later/.test(problem)),
    canPack('zstd') ? [] : [true],
  )
})

test('CIFAR-10 is sent as a file where its quality is said, which there is for webp and avif', () => {
  const line = deviceLine.replace('-i data/flower_photos/train -l data/labels.txt', '--cifar10')
  for (const send of ['jpeg --send-quality 90', 'webp', 'avif --send-quality 30']) {
    const { config, problems } = resolve(`${line} --send ${send}`)
    assert.deepEqual(problems, [])
    assert.ok(config?.role === 'device')
    assert.equal(config.input.send, send.split(' ')[0])
  }
})
