// The config.json of an OCI runtime for a process in a network of its own, without capabilities.
import { bind, hiddenPaths, systemMounts, type RuntimeSpec } from '../../helpers/container.ts'
import type { Mount } from './volumes.ts'

export interface Process {
  readonly hostname: string
  readonly args: readonly string[]
  /** All of it: nothing else is there. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly user: {
    readonly uid: number
    readonly gid: number
    readonly additionalGids?: readonly number[]
  }
  readonly rootfs: string
  readonly isRootWritable?: boolean
  readonly mayGainPrivileges?: boolean
  readonly mounts: readonly Mount[]
  /** Path of the network namespace. */
  readonly network: string
}

export function runtimeSpec(process: Process): RuntimeSpec {
  const { hostname, args, env, cwd, user, rootfs, mounts, network } = process
  return {
    ociVersion: '1.0.2',
    hostname,
    process: {
      terminal: false,
      user,
      args,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd,
      capabilities: {},
      noNewPrivileges: process.mayGainPrivileges !== true,
    },
    root: { path: rootfs, readonly: process.isRootWritable !== true },
    mounts: [...systemMounts, ...inOrder(mounts).map(mountSpec)],
    linux: {
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
        { type: 'network', path: network },
      ],
      ...hiddenPaths,
    },
  }
}

/** A mount below another comes after it. */
const inOrder = (mounts: readonly Mount[]) =>
  mounts.toSorted((one, other) => one.target.split('/').length - other.target.split('/').length)

function mountSpec({ source, target, isWritable }: Mount): unknown {
  if (source !== undefined) return bind({ source, target, isWritable })
  const options = ['nosuid', 'nodev', 'mode=1777']
  return { destination: target, type: 'tmpfs', source: 'tmpfs', options }
}
