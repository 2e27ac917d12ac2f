// One real tier of ddnn, `ddnn --models ... --name edge ...`, or a gateway in front of them, as a process of its
// own with its links.
import { fileURLToPath } from 'node:url'
import { startProcess, type StartedProcess } from '../processes.ts'

/** Topics of one link, and the brokers as one of its ends reaches them. */
export interface LinkEnd {
  readonly requestTopic: string
  readonly replyTopic: string
  /** host:port each, with commas. */
  readonly brokers: string
}

interface TierOptions {
  readonly name: string
  readonly models: readonly string[]
  readonly back: LinkEnd
  readonly front: LinkEnd | undefined
  /** The dist/main.js that is run; this package's own where undefined. */
  readonly main?: string | undefined
  /** Further flags: engine, thresholds, codec. */
  readonly flags: readonly string[]
}

export interface StartedTier extends StartedProcess {
  /** Of its /metrics, on loopback. */
  readonly httpPort: number
}

/** Resolves when it is ready. @throws DDNN_CONFIG_INVALID with its last lines where it does not start. */
export async function startTierProcess(options: TierOptions): Promise<StartedTier> {
  const { name, models, back, front, flags, main } = options
  const args = [
    ...['--models', ...models],
    ...linkFlags('back', back),
    ...(front === undefined ? [] : linkFlags('front', front)),
    ...flags,
  ]
  return startDdnn(`the tier '${name}'`, name, args, main)
}

interface GatewayOptions {
  readonly name: string
  readonly front: LinkEnd
  readonly flags: readonly string[]
}

/** A gateway in front of a chain: HTTP on `httpPort`. As `startTierProcess`. */
export async function startGatewayProcess(options: GatewayOptions): Promise<StartedTier> {
  const { name, front, flags } = options
  return startDdnn('the gateway', name, [...linkFlags('front', front), ...flags])
}

async function startDdnn(
  what: string,
  name: string,
  args: readonly string[],
  main = fileURLToPath(new URL('../../../main.js', import.meta.url)),
): Promise<StartedTier> {
  let httpPort = 0
  const started = await startProcess({
    command: process.execPath,
    args: [
      main,
      ...['--name', name, '--log-format', 'json'],
      ...['--http-port', '0', '--http-host', '127.0.0.1'],
      ...args,
    ],
    what,
    readyOf: (line) => {
      if (line.includes('"msg":"health on port ')) {
        httpPort = Number(/"port":(\d+)/.exec(line)?.[1])
      }
      return line.includes('"msg":"ready"')
    },
  })
  return { ...started, httpPort }
}

/** A back link consumes requests and produces replies; a front link the other way round. */
function linkFlags(
  side: 'back' | 'front',
  { requestTopic, replyTopic, brokers }: LinkEnd,
): readonly string[] {
  const [requests, replies] = side === 'back' ? ['consumer', 'producer'] : ['producer', 'consumer']
  return [
    ...[`--${requests}-${side}`, brokers, `--${requests}-${side}-topic`, requestTopic],
    ...[`--${replies}-${side}`, brokers, `--${replies}-${side}-topic`, replyTopic],
  ]
}
