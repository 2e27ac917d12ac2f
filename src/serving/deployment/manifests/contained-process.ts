// A process of a deployment as a container takes it: its flags as variables, and what is around it. Made by
// cli/contained-processes.ts, which knows the flags; objects of Kubernetes and services of compose come of it.

/** One flag as a variable of the environment. */
export interface Setting {
  /** The flag's long name: 'ssl-ca'. */
  readonly flag: string
  /** 'DDNN_SSL_CA' */
  readonly variable: string
  /** Of a file its path on this machine; undefined where there is none yet. */
  readonly value: string | undefined
  /** The content of a 'file' must come along, and a 'secret' is shown nowhere. */
  readonly kind: 'plain' | 'file' | 'secret'
}

export interface ContainedProcess {
  /** The tier's, or 'door'. */
  readonly name: string
  /** The same as clusters take names: 'edge-1' of 'Edge_1'. */
  readonly objectName: string
  readonly kind: 'tier' | 'door'
  /** A first tier and a door need less than what they ask. */
  readonly isSmall: boolean
  readonly replicas: number
  readonly settings: readonly Setting[]
  readonly shutdownTimeoutMs: number
  /** Whether its HTTP port, and so its probes, speak TLS. */
  readonly isSecure: boolean
  /** Whether it listens for gRPC too. */
  readonly hasGrpc: boolean
  /** Whether the file says who may ask it: who brings a token, or all. */
  readonly saysWhoAsks: boolean
  /** That its engine is told to use. */
  readonly cores: number
  /** Where devices and programs look for the door; undefined of a tier. */
  readonly doorPorts: { readonly http: number; readonly grpc: number | undefined } | undefined
}

/** In every container, whatever the ports outside. */
export const httpPort = 8080
export const grpcPort = 8081

/** Where files of flags stand in a container, each under its flag's name. */
export const accessFolder = '/etc/ddnn/access'

/** Files and secrets, which are brought by a Secret. */
export function accessOf({ settings }: ContainedProcess): readonly Setting[] {
  return settings.filter(({ kind }) => kind !== 'plain')
}

/** The variables that may be read by all: plain ones, and the places of files. */
export function environmentOf(process: ContainedProcess): Record<string, string> {
  const flags = process.settings.flatMap(({ kind, variable, flag, value }): [string, string][] => {
    if (kind === 'secret') return []
    return [[variable, kind === 'file' ? `${accessFolder}/${flag}` : (value ?? '')]]
  })
  // TensorFlow would take as many threads as the machine has cores, whatever the limit.
  const threads = {
    TF_NUM_INTRAOP_THREADS: String(coreLimit(process)),
    TF_NUM_INTEROP_THREADS: '1',
  }
  return { ...Object.fromEntries(flags), ...(modelsOf(process).length > 0 ? threads : {}) }
}

/** Model folders as the container has them. */
export function modelsOf({ settings }: ContainedProcess): readonly string[] {
  const models = settings.find(({ flag }) => flag === 'models')?.value ?? ''
  return models.split(' ').filter((path) => path !== '')
}

/** Cores that a container may use. */
export function coreLimit({ isSmall, cores }: Pick<ContainedProcess, 'isSmall' | 'cores'>): number {
  return Math.max(isSmall ? 1 : 2, cores)
}
