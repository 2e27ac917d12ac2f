// Starts a container from an image that buildah built, by an OCI runtime (crun or runc), as a container
// engine would: the image's environment, entry, user and folder; PID 1 of its own; no capabilities, no new
// privileges; a root file system that cannot be written. The network is this machine's, so that brokers on
// its loopback can be reached; names are given to addresses by a hosts file, as --add-host does.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageConfig, mountImage, type ImageConfig, type MountedImage } from './buildah.ts'
import { tempFolder, watch, type CliResult, type RunningCli } from './cli.ts'

export interface ContainerOptions {
  /** On top of the image's own. */
  readonly env?: Readonly<Record<string, string>>
  /** In place of the image's command, behind its entry. */
  readonly command?: readonly string[]
  /** In place of the image's entry. */
  readonly entrypoint?: readonly string[]
  /** Addresses by host name. */
  readonly hosts?: Readonly<Record<string, string>>
  readonly volumes?: readonly Volume[]
  readonly timeoutMs?: number
}

export interface Volume {
  /** A folder of this machine. */
  readonly source: string
  readonly target: string
  /** False without it. */
  readonly isWritable?: boolean
}

export interface RunningContainer {
  readonly ended: Promise<CliResult>
  readonly waitFor: RunningCli['waitFor']
  readonly output: () => string
  /** Signals its PID 1 and waits for the end. Rejects where it does not run. */
  stop(signal?: NodeJS.Signals): Promise<CliResult>
  /** Runs another command in it, as a health check does. */
  exec(command: readonly string[]): Promise<CliResult>
}

/** An image whose files are at hand; containers of it share them, none can write them. */
export interface RunnableImage {
  readonly tag: string
  readonly config: ImageConfig
  readonly rootfs: string
  start(options?: ContainerOptions): RunningContainer
  /** Containers must have ended. */
  readonly remove: () => Promise<void>
}

// Old runtimes refuse a machine with both kinds of cgroups, even where they are to make none.
const runtime = `
if [ -d /sys/fs/cgroup/unified ]; then
  umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup
fi
for runtime in crun runc; do
  if command -v "$runtime" >/dev/null; then
    [ "$runtime" = runc ] || set -- --cgroup-manager=disabled "$@"
    exec "$runtime" "$@"
  fi
done
echo 'Expected an OCI runtime: crun or runc' >&2
exit 127
`

const runtimeArgs = (args: readonly string[]) => ['--mount', 'sh', '-c', runtime, 'sh', ...args]

/** Of the ids of containers; the id of the process that started it stands behind. */
const idPrefix = 'ddnn-test-'

const left = new Set<string>()
process.on('exit', () => left.forEach(deleteContainer))

/** Ends it at once, if it runs, and removes it. */
function deleteContainer(id: string): void {
  spawnSync('unshare', runtimeArgs(['delete', '--force', id]))
}

/** Ends the containers of tests that were killed and could not. */
export function deleteLeftContainers(): void {
  for (const folder of ['/run/crun', '/run/runc']) {
    if (!existsSync(folder)) continue
    for (const id of readdirSync(folder)) {
      if (!id.startsWith(idPrefix)) continue
      const [pid = ''] = id.slice(idPrefix.length).split('-')
      if (!existsSync(`/proc/${pid}`)) deleteContainer(id)
    }
  }
}

/** @throws when there is no such image in the local store. */
export async function openImage(tag: string): Promise<RunnableImage> {
  const config = await imageConfig(tag)
  const mounted: MountedImage = await mountImage(tag)
  return {
    tag,
    config,
    rootfs: mounted.rootfs,
    start: (options = {}) => start(mounted.rootfs, config, options),
    remove: mounted.remove,
  }
}

function start(rootfs: string, image: ImageConfig, options: ContainerOptions): RunningContainer {
  const bundle = tempFolder()
  return startBundle(bundle, specOf(rootfs, image, options, bundle), options.timeoutMs)
}

/** Of a runtime's config.json, what is read here too. */
export interface RuntimeSpec {
  readonly process: {
    readonly user: { readonly uid: number; readonly gid: number }
    readonly cwd: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

/** Starts what a runtime's config.json describes, with `bundle` as its folder. */
export function startBundle(
  bundle: string,
  spec: RuntimeSpec,
  timeoutMs?: number,
): RunningContainer {
  const id = `${idPrefix}${process.pid}-${randomBytes(6).toString('hex')}`
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec))
  left.add(id)
  const child = spawn('unshare', runtimeArgs(['run', '--bundle', bundle, id]), {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const running = watch(child, timeoutMs)
  void running.ended.then(() => left.delete(id))
  return {
    output: () => running.output(),
    waitFor: (pattern, timeoutMs) => running.waitFor(pattern, timeoutMs),
    ended: running.ended,
    async stop(signal = 'SIGTERM') {
      // To PID 1 of the container, as an engine sends it; not to the runtime.
      const { status, stderr } = spawnSync('unshare', runtimeArgs(['kill', id, signal]))
      if (status !== 0) throw new Error(`Expected to signal ${id}: ${String(stderr)}`)
      return running.ended
    },
    exec: (command) => {
      const { user, cwd } = spec.process
      const args = ['exec', '--user', `${user.uid}:${user.gid}`, '--cwd', cwd, id]
      return watch(
        spawn('unshare', runtimeArgs([...args, ...command]), { stdio: ['ignore', 'pipe', 'pipe'] }),
      ).ended
    },
  }
}

/** The runtime's config.json. */
function specOf(
  rootfs: string,
  image: ImageConfig,
  options: ContainerOptions,
  bundle: string,
): RuntimeSpec {
  const [uid = 0, gid = 0] = (image.User ?? '0:0').split(':').map(Number)
  const entry = options.entrypoint ?? image.Entrypoint ?? []
  const command = options.command ?? image.Cmd ?? []
  const added = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`)
  const names = Object.entries(options.hosts ?? {}).map(([name, at]) => `${at} ${name}\n`)
  const hosts = join(bundle, 'hosts')
  writeFileSync(hosts, `127.0.0.1 localhost\n${names.join('')}`)
  const volumes = [
    { source: hosts, target: '/etc/hosts' },
    { source: '/etc/resolv.conf', target: '/etc/resolv.conf' },
    ...(options.volumes ?? []),
  ]
  for (const { source } of options.volumes ?? []) mkdirSync(source, { recursive: true })
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid, gid },
      args: [...entry, ...command],
      env: [...(image.Env ?? []), ...added],
      cwd: image.WorkingDir ?? '/',
      capabilities: {},
      noNewPrivileges: true,
    },
    root: { path: rootfs, readonly: true },
    hostname: 'ddnn-test',
    mounts: [...systemMounts, ...volumes.map(bind)],
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      ...hiddenPaths,
    },
  }
}

/** Of the kernel's files, those that no container sees, or may change. */
export const hiddenPaths = {
  maskedPaths: ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
  readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
}

/** A mount of a config.json. */
export function bind(volume: { source: string; target: string; isWritable?: boolean }): unknown {
  const { source, target, isWritable = false } = volume
  const options = ['rbind', 'rprivate', isWritable ? 'rw' : 'ro']
  return { destination: target, type: 'bind', source, options }
}

/** What every container has, its own folders aside. */
export const systemMounts = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
  },
  {
    destination: '/sys',
    type: 'bind',
    source: '/sys',
    options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
  },
]
