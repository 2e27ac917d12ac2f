// `ddnn demo`: device, edge, fog and cloud in one process on the sample images, with the shipped
// models. No Kafka, no native engine: it runs wherever Node runs. With --kafka see demo-kafka.ts.
import { join } from 'node:path'
import { composeContinuum } from '../compose.ts'
import { packageRoot } from '../package-root.ts'
import { checkReports } from '../report/check-reports.ts'
import { tellBeyondReach } from './beyond-reach.ts'
import type { CommandResult } from './command-result.ts'
import { createDemoPage } from './demo-page.ts'
import type { CommonConfig, DeviceConfig, LinkConfig, TierConfig } from './config.ts'
import type { Values } from './flag-types.ts'
import { withDocument } from './json-output.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { readFeatureCodec } from './read-feature-codec.ts'
import { readEngine, readExits, readOutput } from './read-parts.ts'

const tierNames = ['edge', 'fog', 'cloud'] as const

/** Runs the whole continuum once over the input. */
export async function demo(line: CommandLine<'demo'>, signal: AbortSignal): Promise<CommandResult> {
  const problems = [...line.problems]
  const { values } = line
  const { device, tiers } = resolveDemo(values, problems)
  assertNoProblems(problems, line.command)
  await checkReports(device.output, 'replace')
  const page = createDemoPage(values)
  if (values.boolean('kafka') === true) {
    const { folder: images, labelsFile: labels } = device.input
    const folders = tiers.map(({ name, models: [folder = ''] }) => ({ name, folder }))
    const { demoOverKafka } = await import('./demo-kafka.ts')
    const result = await demoOverKafka(values, { tiers: folders, images, labels, page }, signal)
    tellBeyondReach(values)
    return withDocument(result, 'demo')
  }
  const result =
    page === undefined
      ? await composeContinuum(device, tiers, signal)
      : await composeContinuum(page.watched(device), tiers, signal, page.tell)
  tellBeyondReach(values)
  return withDocument(result, 'demo')
}

function resolveDemo(
  values: Values<'demo'>,
  problems: string[],
): { device: DeviceConfig; tiers: readonly TierConfig[] } {
  const models = values.string('saved-models') ?? join(packageRoot, 'saved_models')
  const names = ['device', ...tierNames]
  const common = readCommon(values, problems)
  const noOutput = {
    csvFile: undefined,
    csvForm: 'full',
    resume: false,
    htmlFile: undefined,
    reportModule: undefined,
  } as const
  const device: DeviceConfig = {
    ...common,
    role: 'device',
    name: 'device',
    models: [],
    front: linkBetween('device', 'edge', 'front'),
    input: {
      kind: 'folder',
      folder: values.string('input') ?? join(packageRoot, 'data', 'sample'),
      format: values.string('input_format'),
      // Without it the models' own.
      labelsFile: values.string('labels'),
      height: undefined,
      width: undefined,
      limit: values.number('limit'),
      maxImagePixels: undefined,
      orientation: values.string('orient'),
      preprocessModule: undefined,
      send: undefined,
      sendQuality: undefined,
      perSecond: values.number('rate'),
    },
    output: readOutput(values, undefined),
  }
  const tiers = tierNames.map((name, i): TierConfig => {
    const next = names[i + 2]
    return {
      ...common,
      role: 'tier',
      name,
      groupId: name,
      commitIntervalMs: 1000,
      maxImagePixels: undefined,
      models: [join(models, name)],
      back: linkBetween(names[i] as string, name, 'back'),
      front: next === undefined ? undefined : linkBetween(name, next, 'front'),
      output: noOutput,
    }
  })
  return { device, tiers }
}

function readCommon(
  values: Values<'demo'>,
  problems: string[],
): Omit<CommonConfig, 'name' | 'models' | 'front' | 'output'> {
  return {
    logLevel: values.string('log-level'),
    logFormat: values.string('log-format'),
    http: undefined,
    tracing: { endpoint: undefined, ratio: 1 },
    door: undefined,
    warnings: [],
    startTimeoutMs: 0,
    shutdownTimeoutMs: 5000,
    engine: readEngine(values, values.number('max-queue-delay-ms'), problems),
    exits: readExits(values, problems),
    wireFront: 'binary',
    featureCodec: readFeatureCodec(values, problems),
    ordinal: undefined,
    topics: { partitions: 1, create: true, isAwaited: false },
    timeoutMs: values.number('timeout-ms'),
    replyReserveMs: values.number('reply-reserve-ms'),
    reloadIntervalMs: 0,
    maxInFlight: values.number('max-in-flight'),
  }
}

/** Topics in memory, named as the original's example names them. */
function linkBetween(asker: string, answerer: string, side: 'back' | 'front'): LinkConfig {
  return {
    side,
    requestBrokers: [],
    replyBrokers: [],
    requestTopic: `from_${asker}_to_${answerer}`,
    replyTopic: `from_${answerer}_to_${asker}`,
    tls: undefined,
    sasl: undefined,
  }
}
