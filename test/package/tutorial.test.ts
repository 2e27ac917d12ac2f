// docs/tutorial.md as a newcomer follows it: the packed package, installed as its first block says, and then every
// fenced block of commands, as it is written, in an empty folder. Only the port is another one, since 8080 may be taken.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { tempFolder } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { fencedBlocks, type FencedBlock } from '../helpers/fenced-blocks.ts'
import { userEnv, type Packed } from '../helpers/packed.ts'
import { packCopy } from './setup.ts'

const page = 'docs/tutorial.md'
const blocks = fencedBlocks(page).filter(({ kind }) => kind.startsWith('sh'))

let packed: Packed
/** Where `npm install -g` puts things. */
let prefix: string
let folder: string
let port: number
/** What the last `sh serve` block started. */
let server: ChildProcess | undefined

before(
  async () => {
    packed = await packCopy()
    ;[prefix, folder, port] = [tempFolder(), tempFolder(), await freePort()]
    mkdirSync(join(prefix, 'lib'))
  },
  { timeout: 900_000 },
)
after(async () => {
  await stopServer()
  for (const path of [prefix, folder, dirname(packed.tarball)]) rmSync(path, { recursive: true })
})

function environment(): NodeJS.ProcessEnv {
  const env = userEnv()
  const path = [join(prefix, 'bin'), env['PATH']].join(delimiter)
  return { ...env, PATH: path, npm_config_prefix: prefix, npm_config_prefer_offline: 'true' }
}

function start({ kind, text }: FencedBlock): ChildProcess {
  // The registry has no such package while it is being tested; it is the tarball that goes there.
  const install = text.replace(/(npm install -g) ddnn$/m, `$1 '${packed.tarball}'`)
  const script = (kind === 'sh install' ? install : text).replaceAll('8080', String(port))
  const options = { cwd: folder, env: environment(), detached: true }
  return spawn('sh', ['-ec', script], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Both streams of a process until now, or until its end. */
function collect(child: ChildProcess): { text: string } {
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (said.text += chunk))
  }
  return said
}

async function stopServer(): Promise<void> {
  if (server?.pid === undefined || server.exitCode !== null) return
  // As Ctrl-C does: to the whole group.
  process.kill(-server.pid, 'SIGINT')
  await once(server, 'close')
}

/** The ports in the file that `ddnn init` wrote. */
async function moveDoor(): Promise<void> {
  const file = join(folder, 'mine', 'ddnn.yaml')
  if (!existsSync(file)) return
  const text = readFileSync(file, 'utf8').replace(' 8080', ` ${port}`)
  writeFileSync(file, text.replace(' 8081', ` ${await freePort()}`))
}

async function serve(block: FencedBlock): Promise<void> {
  await stopServer()
  await moveDoor()
  const child = start(block)
  server = child
  const said = collect(child)
  for (;;) {
    assert.equal(child.exitCode, null, said.text)
    const ready = await fetch(`http://127.0.0.1:${port}/v2/models/ddnn/ready`).catch(
      () => undefined,
    )
    if (ready?.ok === true) return
    await delay(250)
  }
}

async function follow(block: FencedBlock): Promise<string> {
  const child = start(block)
  const said = collect(child)
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0, `${block.text}\n${said.text}`)
  return said.text
}

test('it has commands to install, to run and to serve', () => {
  const kinds = blocks.map(({ kind }) => kind)
  assert.deepEqual(new Set(kinds), new Set(['sh', 'sh install', 'sh serve']))
  assert.ok(blocks.length > 10, `${blocks.length} blocks`)
})

for (const [i, block] of blocks.entries()) {
  const [title = ''] = block.text.split('\n')
  test(`block ${i + 1}, ${title}`, { timeout: 900_000 }, async () => {
    if (block.kind === 'sh serve') return serve(block)
    const said = await follow(block)
    if (block.text.startsWith('curl')) assert.match(said, /"outputs":\[.*"label"/)
  })
}

test('what the page promises is there', () => {
  for (const file of ['results.html', 'gallery.html', 'figures/index.html']) {
    assert.ok(existsSync(join(folder, file)), file)
  }
  for (const file of ['report/evaluation.html', 'mine/model/ddnn.json', 'mine/ddnn.yaml']) {
    assert.ok(existsSync(join(folder, file)), file)
  }
})
