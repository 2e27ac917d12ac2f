// The package as npm would publish it: what its tarball holds, and the tarball itself.
import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { tempFolder } from './cli.ts'
import { repoRoot } from './paths.ts'

const run = promisify(execFile)

export interface PackedFile {
  readonly path: string
  readonly size: number
  readonly mode: number
}

export interface Packed {
  readonly tarball: string
  /** Bytes of the tarball. */
  readonly size: number
  /** Bytes of its files. */
  readonly unpackedSize: number
  readonly files: readonly PackedFile[]
}

/** Packs what is built; `prepack`, which builds anew, is left out, since other tests run what it would take away. */
export function packPackage(): Promise<Packed> {
  return npmPack(repoRoot, ['--ignore-scripts'])
}

/** Packs a checkout, by `prepack` too where that is not told otherwise. */
export async function npmPack(checkout: string, flags: readonly string[]): Promise<Packed> {
  const folder = tempFolder()
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, ...flags], {
    cwd: checkout,
    maxBuffer: 16 << 20,
  })
  // What `prepack` prints comes first.
  const json = stdout.slice(stdout.search(/^\[/m))
  const [packed] = JSON.parse(json) as (Omit<Packed, 'tarball'> & { filename: string })[]
  if (packed === undefined) throw new Error('Expected npm pack to name its tarball')
  return { ...packed, tarball: join(folder, packed.filename) }
}

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** This process's environment without what ddnn reads, and without what npm says of this checkout (`.npmrc`). */
export function userEnv(): Readonly<Record<string, string | undefined>> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(DDNN_|npm_)/i.test(name))
  return Object.fromEntries(clean)
}

/**
 * Runs `npx ddnn ARGS` as a user would in this folder; npx may fetch nothing.
 * @param nodeFolder folder of another Node, which runs npx and ddnn.
 */
export async function npxDdnn(
  folder: string,
  args: readonly string[],
  nodeFolder?: string,
): Promise<Ended> {
  const command = ['--no', '--', 'ddnn', ...args]
  const env = userEnv()
  const path = [nodeFolder, env['PATH']].filter((part) => part !== undefined).join(delimiter)
  try {
    const ended = await run('npx', command, {
      cwd: folder,
      env: { ...env, PATH: path },
      maxBuffer: 16 << 20,
      timeout: 120_000,
    })
    return { code: 0, ...ended }
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as Ended
    if (typeof code !== 'number') throw thrown
    return { code, stdout, stderr }
  }
}
