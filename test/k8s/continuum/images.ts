// From an image's name in a manifest to files that a container can start on: the built image where the
// local store has it, else this checkout laid out as the Dockerfile does it; Kafka's is laid out always.
import {
  chmodSync,
  mkdirSync,
  readlinkSync,
  lstatSync,
  symlinkSync,
  writeFileSync,
  readFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { images as built } from '../../containers/setup.ts'
import { hasImage, type ImageConfig } from '../../helpers/buildah.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { openImage } from '../../helpers/container.ts'
import { repoPath } from '../../helpers/paths.ts'
import { kafkaFiles } from './kafka-image.ts'
import type { Mount } from './volumes.ts'

/** Files and settings of an image. */
export interface Files {
  readonly config: ImageConfig
  readonly rootfs: string
  /** What of this machine stands in it. */
  readonly mounts: readonly Mount[]
  /** In words, for the report of the test: where its files come from. */
  readonly form: string
  remove(): Promise<void>
}

/** @throws Error where the image is none of ours, or Kafka's */
export async function openFiles(image: string): Promise<Files> {
  const kafkaVersion = /^(?:docker\.io\/)?apache\/kafka:(\d+\.\d+\.\d+)$/.exec(image)?.[1]
  if (kafkaVersion !== undefined) return kafkaFiles(kafkaVersion)
  const found = built.find(({ tag }) => tag === `localhost/${image}`)
  if (found === undefined) throw new Error(`Expected an image of ddnn or Kafka's, got '${image}'`)
  if (await hasBuilt(found.tag)) {
    const { config, rootfs, remove } = await openImage(found.tag)
    const revision = config.Labels?.['org.opencontainers.image.revision'] ?? 'unknown'
    return { config, rootfs, mounts: [], form: `the built image, revision ${revision}`, remove }
  }
  return checkoutFiles(found.models)
}

/** False without buildah too: then nothing was built. */
async function hasBuilt(tag: string): Promise<boolean> {
  return hasImage(tag).catch(() => false)
}

/** This checkout, built, where the Dockerfiles put it. */
export function checkoutFiles(models: readonly string[]): Files {
  const folders = models.map((name) => `saved_models/cifar10/${name}`).join(' ')
  const { rootfs, mounts } = thisMachine()
  const app = ['package.json', 'LICENSE', 'data', 'recipes', 'dist', 'node_modules', 'saved_models']
  return {
    config: {
      User: '1000:1000',
      WorkingDir: '/app',
      Env: [
        'PATH=/opt/node/bin:/usr/local/bin:/usr/bin:/bin',
        'NODE_ENV=production',
        'DDNN_HTTP_PORT=8080',
        `DDNN_MODELS=${folders}`,
      ],
      Entrypoint: ['node', 'dist/main.js'],
      Cmd: [],
    },
    rootfs,
    mounts: [
      ...mounts,
      readOnly(process.execPath, '/opt/node/bin/node'),
      ...app.map((name) => readOnly(repoPath(name), `/app/${name}`)),
    ],
    form: "this checkout's dist, as no image was built (npm run test:containers builds them)",
    remove: async () => {},
  }
}

export const readOnly = (source: string, target = source): Mount => ({
  source,
  target,
  isWritable: false,
})

/** A root with the programs and libraries of this machine, and none of its settings. */
export function thisMachine(): { readonly rootfs: string; readonly mounts: readonly Mount[] } {
  const rootfs = tempFolder()
  // A container's user is another than the folder's maker.
  chmodSync(rootfs, 0o755)
  const mounts = [readOnly('/usr')]
  for (const folder of ['bin', 'sbin', 'lib', 'lib32', 'lib64']) {
    const stat = lstatSync(`/${folder}`, { throwIfNoEntry: false })
    if (stat?.isSymbolicLink() === true) {
      symlinkSync(readlinkSync(`/${folder}`), join(rootfs, folder))
    } else if (stat !== undefined) {
      mounts.push(readOnly(`/${folder}`))
    }
  }
  for (const folder of ['proc', 'sys', 'dev', 'tmp', 'etc']) mkdirSync(join(rootfs, folder))
  writeFileSync(join(rootfs, 'etc', 'passwd'), users)
  writeFileSync(join(rootfs, 'etc', 'nsswitch.conf'), 'hosts: files\npasswd: files\n')
  writeFileSync(join(rootfs, 'etc', 'ld.so.cache'), readFileSync('/etc/ld.so.cache'))
  return { rootfs, mounts }
}

const users = 'root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n'
