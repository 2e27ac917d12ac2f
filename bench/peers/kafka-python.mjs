// What the original does, in Python: kafka-python, tensors as JSON, one image in flight, one Keras call a
// submodel. Its tiers are those of test/e2e/peers, its device asks for the images that it is told to ask for.
import { execFile } from 'node:child_process'
import { basename, delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startDriver } from '../../dist/lab/bench/driver/start-driver.js'
import { cpuMsOf } from '../../dist/lab/bench/meter/cpu.js'
import { ConfigError } from '../../dist/errors.js'
import { ensurePythonEnv } from '../../scripts/python-env.mjs'
import { createTopics, deleteTopics } from '../../dist/lab/bench/bare/topics.js'
import { topicsOf } from './kafka-topics.mjs'
import { processTree } from './process-tree.mjs'
import { startPython } from './start-python.mjs'

export const packages = ['kafka-python==2.3.3', 'pillow==11.3.0']
/** The list of scripts/install-tensorflow.mjs, so that both share one environment. */
export const tensorflow = [
  process.arch === 'x64' && process.platform === 'linux'
    ? 'tensorflow-cpu==2.20.0'
    : 'tensorflow==2.20.0',
]
const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url))
const client = pathOf('./kafka-python-client.mjs')
const python = pathOf('./python')
const peers = pathOf('../../test/e2e/peers')

/**
 * @param {{ models: readonly string[], exits?: 'thresholds' | 'last' }} options `models` are folders of tfjs
 *   layers models, one submodel and one tier each.
 * @returns {import('../../dist/lab/bench/contestant.js').Contestant}
 */
export function createPeer({ models, exits = 'thresholds' }) {
  return {
    name: 'kafka-python',
    kind: 'peer',
    description: `${[...packages.slice(0, 1), ...tensorflow].join(', ')}: JSON, one image in flight, Keras, as the original`,
    maxInFlight: 1,
    start: (setting) => start(setting, models, exits),
  }
}

async function start(setting, models, exits) {
  const { brokers } = setting
  check(setting)
  const names = models.map((folder) => basename(folder))
  const links = topicsOf(names)
  const env = { PYTHONPATH: [await sitePackages(), peers, python].join(delimiter) }
  const tiers = []
  const stopAll = async () => {
    await Promise.all(tiers.map((tier) => tier.stop()))
    await deleteTopics(brokers, links)
  }
  try {
    await createTopics(brokers, links, { 'max.message.bytes': String(64 << 20) })
    // One after the other: each loads TensorFlow, and has its time limit to itself.
    for (const [i, model] of models.entries()) {
      tiers.push(
        await startTier({
          model,
          name: names[i],
          links: links.slice(i, i + 2),
          brokers,
          env,
          exits,
        }),
      )
    }
    const driver = await startDriver({
      module: client,
      settings: await device(setting, links[0], env),
      setting,
    })
    tiers.unshift(driver)
    const [{ pid }, ...rest] = tiers
    const pids = {
      device: (await processTree(pid)).map((one) => one.pid),
      ...Object.fromEntries(rest.map((tier, i) => [names[i], tier.pid])),
    }
    return {
      run: driver.run,
      read: async () => ({ cpuMs: await cpuMsOf(pids), bytes: {}, parts: [] }),
      stop: stopAll,
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}

function check({ brokers, form }) {
  if (brokers === undefined) {
    throw new ConfigError('DDNN_CONFIG_INVALID', 'Expected brokers for kafka-python, got none', {
      hint: 'Run the bench over Kafka, or leave this peer out',
    })
  }
  if (form === 'encoded') {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      'Expected decoded inputs for kafka-python, whose device reads pixels, got encoded ones',
      { hint: 'Pass --inputs decoded, or leave this peer out' },
    )
  }
}

async function startTier({ model, name, links: [back, front], brokers, env, exits }) {
  const ends = [
    ...['--consumer-back-topic', back.requests, '--producer-back-topic', back.replies],
    ...(front === undefined
      ? []
      : ['--producer-front-topic', front.requests, '--consumer-front-topic', front.replies]),
  ]
  return startPython({
    what: `the kafka-python tier '${name}'`,
    packages: tensorflow,
    script: exits === 'last' ? join(peers, 'tier.py') : 'kafka_tier.py',
    // 1e9 is above every logit.
    args: [
      '--name',
      name,
      '--models',
      resolve(model),
      '--bootstrap',
      brokers,
      '--threshold',
      '1e9',
      ...ends,
    ],
    env: { ...env, TF_CPP_MIN_LOG_LEVEL: '3' },
  })
}

/** How the process that asks starts the Python device. */
async function device({ inputs, brokers }, link, env) {
  const { shape, pixelsFile } = inputs
  const args = [
    join(python, 'kafka_device.py'),
    ...['--pixels', pixelsFile, '--shape', shape.join(','), '--bootstrap', brokers],
    ...['--producer-front-topic', link.requests, '--consumer-front-topic', link.replies],
  ]
  return { command: await ensurePythonEnv(packages), args, env: { ...env, PYTHONUNBUFFERED: '1' } }
}

/** TensorFlow's environment finds kafka-python in this one: two packages do not deserve a second TensorFlow. */
async function sitePackages() {
  const code = 'import sysconfig; print(sysconfig.get_path("purelib"))'
  const { stdout } = await promisify(execFile)(await ensurePythonEnv(packages), ['-c', code])
  return stdout.trim()
}
