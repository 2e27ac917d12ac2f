// What bench/peers exports, typed: plain JS modules that a bench loads by their path.
import { pathToFileURL } from 'node:url'
import type { Contestant } from '../../src/lab/bench/contestant.ts'
import { repoPath } from '../helpers/paths.ts'

export interface PeerOptions {
  /** Folders of tfjs layers models, and of their ONNX files, a submodel each. */
  readonly models: readonly string[]
  readonly exported: readonly string[]
  readonly labels: readonly string[]
  readonly exits: 'thresholds' | 'last'
}

export interface RunningProcess {
  readonly pid: number
  readonly command: string
  readonly started: string
}

interface PeerModule {
  readonly createPeer: (options: PeerOptions) => Contestant
}

interface ProcessTree {
  readonly processTree: (pid: number) => Promise<readonly RunningProcess[]>
  readonly stillRunning: (tree: readonly RunningProcess[]) => Promise<readonly RunningProcess[]>
}

export async function loadPeer(name: string, options: PeerOptions): Promise<Contestant> {
  const { createPeer } = await load<PeerModule>(`${name}.mjs`)
  return createPeer(options)
}

/** All that this process has started, and what those have, without itself. */
export async function processesBelow(pid: number): Promise<readonly RunningProcess[]> {
  const { processTree } = await load<ProcessTree>('process-tree.mjs')
  // `ps` is among them while it looks.
  return (await processTree(pid)).filter((one) => one.pid !== pid)
}

export async function stillRunning(
  tree: readonly RunningProcess[],
): Promise<readonly RunningProcess[]> {
  return (await load<ProcessTree>('process-tree.mjs')).stillRunning(tree)
}

async function load<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(repoPath('bench', 'peers', name)).href)) as T
}
