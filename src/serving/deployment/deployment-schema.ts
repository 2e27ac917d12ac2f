// The form of ddnn.yaml. Messages say what was expected and what was there; read-deployment.ts adds the place.
import { z } from 'zod'
import { addressText, readAddress } from '../../domain/host-address.ts'

/** As Kafka takes topics, of which a tier's name is a part; one that begins with a dash would be a flag. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

const name = z
  .string(told("to be a name (letters, digits, '.', '_', '-')"))
  .regex(nameForm, told("to be a name (letters, digits, '.', '_', '-')"))
const topic = z
  .string(told("to be a topic name (letters, digits, '.', '_', '-')"))
  .regex(/^[A-Za-z0-9._-]{1,249}$/, told("to be a topic name (letters, digits, '.', '_', '-')"))
const port = z
  .int(told('to be a port from 1 to 65535'))
  .min(1, told('to be a port from 1 to 65535'))
  .max(65535, told('to be a port from 1 to 65535'))

const brokersForm = told('to be own, host:port, or several of them')
const brokers = z
  .union([z.string(), z.array(z.string()).min(1)], brokersForm)
  .refine(
    (given) => hostsOf(given).every((host) => typeof addressOf(host) !== 'string'),
    brokersForm,
  )
  .transform((given) => {
    const hosts = hostsOf(given)
    return hosts.length === 1 && hosts[0] === 'own' ? 'own' : hosts.map(withPort).join(',')
  })

const flagValue = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))],
  told('to be the value of a flag: a text, a number, true, false or a list', 'flags'),
)
const flags = z
  .record(z.string(), flagValue, told('to be a map of flags, as in threshold: 0.9', 'flags'))
  .nullish()
  .transform((given) => given ?? {})

const tier = z.strictObject(
  {
    name,
    models: z
      .union(
        [z.string().min(1), z.array(z.string().min(1)).min(1)],
        told('to be a folder, or a list of folders'),
      )
      .transform((given) => (Array.isArray(given) ? given : [given])),
    replicas: z
      .int(told('to be a whole number from 1'))
      .min(1, told('to be a whole number from 1'))
      .max(1000, told('to be at most 1000'))
      .default(1),
    flags,
  },
  told('to be a map with name and models'),
)

const link = z.strictObject(
  {
    between: z.tuple([name, name], told('to be two names, as in [edge, fog]')),
    requests: topic.optional(),
    replies: topic.optional(),
    brokers: brokers.optional(),
    flags,
  },
  told('to be a map with between'),
)

const kafka = z.strictObject(
  {
    brokers: brokers.default('own'),
    partitions: z
      .int(told('to be a whole number from 1'))
      .min(1, told('to be a whole number from 1'))
      .max(10000, told('to be at most 10000'))
      .optional(),
  },
  told('to be a map, as in { brokers: own }'),
)

const door = z.strictObject(
  { 'http-port': port.default(8080), 'grpc-port': port.optional(), flags },
  told('to be a map, as in { http-port: 8080 }'),
)

export const deploymentSchema = z.strictObject(
  {
    kafka: kafka.nullish().transform((given) => given ?? { brokers: 'own', partitions: undefined }),
    tiers: z
      .array(tier, told('to be a list of tiers'))
      .min(1, told('to be a list of one tier or more')),
    links: z
      .array(link, told('to be a list of links'))
      .nullish()
      .transform((given) => given ?? []),
    door: door.nullish().transform((given) => given ?? undefined),
  },
  told('to be a map with tiers'),
)

/** A file whose form is right; names are not yet looked up. */
export type DeploymentFile = z.infer<typeof deploymentSchema>

/** Keys that may stand at a place of the file, for 'did you mean'. */
export const knownKeys: readonly string[] = [
  ...Object.keys(deploymentSchema.shape),
  ...[tier, link, kafka, door].flatMap((part) => Object.keys(part.shape)),
]

function hostsOf(given: string | readonly string[]): readonly string[] {
  return (typeof given === 'string' ? given.split(',') : given).map((host) => host.trim())
}

const addressOf = (text: string) => readAddress(text, 9092)

function withPort(text: string): string {
  const address = addressOf(text)
  return typeof address === 'string' ? text : addressText(address.host, address.port)
}

/** Zod's own words do not fit into ours; those on unknown keys are made by who reads the file. */
function told(
  what: string,
  holds: 'flags' | 'plain' = 'plain',
): {
  readonly error: (issue: {
    readonly code?: string
    readonly input?: unknown
  }) => string | undefined
} {
  return {
    error: ({ code, input }) => {
      if (code === 'unrecognized_keys') return undefined
      return `${what}, got ${shown(input, holds)}`
    },
  }
}

/** Flags may hold passwords, and so does what they stand in: of those its kind alone. */
function shown(input: unknown, holds: 'flags' | 'plain'): string {
  const isFlat = Array.isArray(input) && input.every((item) => typeof item !== 'object')
  if (Array.isArray(input) && (holds === 'flags' || !isFlat)) return 'a list'
  if (typeof input === 'object' && input !== null && !isFlat) return 'a map'
  if (typeof input === 'string' && holds === 'flags') return 'a text'
  return JSON.stringify(input) ?? 'nothing'
}
