// Builds and reads container images by buildah, without a Docker engine or a registry: the base image of
// the Dockerfiles must be in the local store. As root, as buildah here is. A missing part is named.
import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { tempFolder } from './cli.ts'

const run = promisify(execFile)

/** What an image says of itself, as a container engine reads it. */
export interface ImageConfig {
  readonly User?: string
  readonly WorkingDir?: string
  readonly Env?: readonly string[]
  readonly Entrypoint?: readonly string[] | null
  readonly Cmd?: readonly string[] | null
  readonly StopSignal?: string
  readonly ExposedPorts?: Readonly<Record<string, unknown>>
  readonly Labels?: Readonly<Record<string, string>>
  /** Times in nanoseconds. */
  readonly Healthcheck?: { readonly Test: readonly string[]; readonly Interval: number }
}

export interface BuildOptions {
  /** Folder of the build's context. */
  readonly context: string
  /** Its Dockerfile there. */
  readonly dockerfile: string
  readonly tag: string
  readonly args?: Readonly<Record<string, string>>
}

const env: NodeJS.ProcessEnv = {
  ...process.env,
  // A build here is a container within who knows what: chroot asks least of it.
  BUILDAH_ISOLATION: process.env['BUILDAH_ISOLATION'] ?? 'chroot',
  STORAGE_DRIVER: process.env['STORAGE_DRIVER'] ?? 'vfs',
}

/** Resolves with the build's output; rejects with it when the build fails. */
export async function buildImage(options: BuildOptions): Promise<string> {
  const { context, dockerfile, tag, args = {} } = options
  const buildArgs = Object.entries(args).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ])
  // Layers are kept, so that what the three Dockerfiles share is built once; the docker format, since
  // OCI's has no health check.
  const flags = ['bud', '--pull=never', '--layers', '--force-rm', '--format', 'docker']
  const file = join(context, dockerfile)
  return collect('buildah', [
    ...flags,
    ...ofThisMachine(),
    ...buildArgs,
    '-f',
    file,
    '-t',
    tag,
    context,
  ])
}

/** What a user behind a proxy gives a build too, docs/containers.md: nothing of it gets into the image. */
function ofThisMachine(): readonly string[] {
  const folder = tempFolder()
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return ['--secret', `id=${name},src=${join(folder, name)}`]
  }
  const authority = process.env['NODE_EXTRA_CA_CERTS'] ?? ''
  const trusted = '/run/test-authority.pem'
  const isGiven = authority !== '' && existsSync(authority)
  const userconfig = process.env['NPM_CONFIG_USERCONFIG'] ?? join(homedir(), '.npmrc')
  const npmrc = existsSync(userconfig) ? readFileSync(userconfig, 'utf8') : ''
  // The official image has Node's headers; a base image made of this machine's Node may lack them.
  const headers = resolve(process.execPath, '..', '..', 'include', 'node')
  return [
    ...write('npmrc', isGiven ? `${npmrc}\ncafile=${trusted}\n` : npmrc),
    ...(isGiven ? write('pip.conf', `[global]\ncert = ${trusted}\n`) : []),
    ...(isGiven ? ['--volume', `${realpathSync(authority)}:${trusted}:ro`] : []),
    ...(existsSync(headers) ? ['--volume', `${headers}:/usr/include/node:ro`] : []),
  ]
}

/** @throws when there is no such image, or no buildah. */
export async function imageConfig(tag: string): Promise<ImageConfig> {
  const inspected = JSON.parse(await buildah('inspect', '--type', 'image', tag)) as {
    readonly Docker: { readonly config: ImageConfig }
  }
  return inspected.Docker.config
}

/** A tag that names no registry, as buildah lists it. */
export async function hasImage(tag: string): Promise<boolean> {
  const names = await buildah('images', '--format', '{{.Name}}:{{.Tag}}')
  return names.split('\n').includes(tag)
}

/** Bytes of all files of an image, base included. */
export async function imageSize(tag: string): Promise<number> {
  const { rootfs, remove } = await mountImage(tag)
  try {
    return await folderSize(rootfs)
  } finally {
    await remove()
  }
}

/** Bytes of all files below a folder. */
export async function folderSize(folder: string): Promise<number> {
  const { stdout } = await run('du', ['--bytes', '--summarize', folder])
  return Number(stdout.split('\t')[0])
}

export interface MountedImage {
  /** Folder that holds the image's file system. */
  readonly rootfs: string
  readonly remove: () => Promise<void>
}

export async function mountImage(tag: string): Promise<MountedImage> {
  const container = (await buildah('from', '--pull=never', tag)).trim()
  const rootfs = (await buildah('mount', container)).trim()
  return { rootfs, remove: async () => void (await buildah('rm', container)) }
}

export async function removeImage(tag: string): Promise<void> {
  await buildah('rmi', '--force', tag)
}

async function buildah(...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('buildah', args, { env, maxBuffer: 64 << 20 })
    return stdout
  } catch (cause) {
    const { code, stderr } = cause as { code?: unknown; stderr?: string }
    const why = code === 'ENOENT' ? 'buildah is not installed' : (stderr ?? String(cause))
    throw new Error(`buildah ${args.join(' ')}: ${why}`, { cause })
  }
}

function collect(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text))
  }
  return new Promise((done, fail) => {
    child.once('error', (cause) => fail(new Error(`Expected ${command} to start`, { cause })))
    child.once('close', (code) => {
      const text = output.join('')
      if (code === 0) done(text)
      else fail(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${text.slice(-6000)}`))
    })
  })
}
