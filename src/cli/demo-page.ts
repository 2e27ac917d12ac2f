// `ddnn demo --watch`: the live page of the device, at an address with a token of this run, and images that go round.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeviceConfig } from './config.ts'
import type { Values } from './flag-types.ts'
import { freePorts } from './plan-processes.ts'

/** What an eye can follow. */
const imagesASecond = 4

/** What a device process takes to be watched. */
interface WatchedArgv {
  readonly argv: readonly string[]
  readonly port: number
  /** Removes the file of the token. */
  remove(): Promise<void>
}

export interface DemoPage {
  /** The device of this process. */
  watched(device: DeviceConfig): DeviceConfig
  /** A device as another process. */
  flags(): Promise<WatchedArgv>
  /** Says where the page is, and opens it. */
  readonly tell: (port: number) => void
}

/** Undefined without --watch. */
export function createDemoPage(values: Values<'demo'>): DemoPage | undefined {
  if (values.boolean('watch') !== true) return undefined
  const token = randomBytes(18).toString('base64url')
  const perSecond = values.number('rate') ?? imagesASecond
  return {
    watched: (device) => ({
      ...device,
      http: {
        ...{ port: values.number('http-port') ?? 0, host: '127.0.0.1', hasAliases: false },
        page: { hosts: [], tokens: { token } },
      },
      input: { ...device.input, perSecond, isRepeated: true },
    }),
    async flags() {
      const folder = await mkdtemp(join(tmpdir(), 'ddnn-page-'))
      const file = join(folder, 'token')
      await writeFile(file, `${token}\n`, { mode: 0o600 })
      const [free = 0] = await freePorts(1)
      const port = values.number('http-port') || free
      const rate = values.isGiven('rate') ? [] : ['--rate', String(perSecond)]
      return {
        argv: [
          ...['--http-port', String(port), '--http-host', '127.0.0.1'],
          ...['--page-token-file', file, '--repeat', ...rate],
        ],
        port,
        remove: () => rm(folder, { recursive: true, force: true }),
      }
    },
    tell(port) {
      // Behind the # a token reaches no server and no log of one.
      const url = `http://127.0.0.1:${port}/#token=${token}`
      process.stderr.write(`Live page: ${url} (Ctrl-C ends)\n`)
      if (values.boolean('open') && process.stderr.isTTY === true) void openInBrowser(url)
    },
  }
}

/** Who has no browser has the address on the terminal. */
async function openInBrowser(url: string): Promise<void> {
  try {
    const { default: open } = await import('open')
    const child = await open(url)
    child.on('error', () => undefined)
  } catch {
    return
  }
}
