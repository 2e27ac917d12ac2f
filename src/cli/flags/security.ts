// TLS and SASL: for both links, or for one of them with --back- or --front- in front of the name.
import type { BooleanFlag, CommandName, Flag, StringFlag } from '../flag.ts'

const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

type SecurityFlag = Omit<StringFlag, 'group' | 'commands'> | Omit<BooleanFlag, 'group' | 'commands'>

const base = [
  { name: 'ssl', kind: 'boolean', help: 'Connect to Kafka by TLS' },
  {
    name: 'ssl-ca',
    kind: 'string',
    value: 'FILE',
    help: 'PEM file of the authority to trust; implies --ssl',
  },
  {
    name: 'ssl-cert',
    kind: 'string',
    value: 'FILE',
    help: 'PEM file of the client certificate; implies --ssl',
  },
  { name: 'ssl-key', kind: 'string', value: 'FILE', help: 'PEM file of its key; implies --ssl' },
  {
    name: 'ssl-key-passphrase',
    kind: 'string',
    value: 'TEXT',
    secret: true,
    help: 'Passphrase of the key; better in the environment than on the command line',
  },
  {
    name: 'ssl-servername',
    kind: 'string',
    value: 'HOST',
    help: "Name that the broker's certificate must bear, where it is not the host",
  },
  {
    name: 'ssl-verify',
    kind: 'boolean',
    help: "Check the broker's certificate; --no-ssl-verify is for tests only",
  },
  {
    name: 'sasl-mechanism',
    kind: 'string',
    value: 'NAME',
    choices: saslMechanisms,
    help: 'Log in to Kafka by SASL',
  },
  { name: 'sasl-username', kind: 'string', value: 'NAME', help: 'User name of SASL' },
  {
    name: 'sasl-password',
    kind: 'string',
    value: 'TEXT',
    secret: true,
    help: 'Password of SASL; better in the environment or a file',
  },
  {
    name: 'sasl-password-file',
    kind: 'string',
    value: 'FILE',
    help: 'File whose first line is the password of SASL',
  },
] as const satisfies readonly SecurityFlag[]

type Base = (typeof base)[number]

/** Names without a side in front. */
export type SecurityFlagName = Base['name']

/** A row of the table with these commands, its name behind `Prefix`. */
type Row<
  Prefix extends string,
  Commands extends readonly CommandName[],
  F extends Base = Base,
> = F extends Base
  ? Omit<F, 'name'> & {
      readonly name: `${Prefix}${F['name']}`
      readonly group: string
      readonly commands: Commands
    }
  : never

function rows<
  Prefix extends '' | 'back-' | 'front-',
  const Commands extends readonly CommandName[],
>(prefix: Prefix, commands: Commands): readonly Row<Prefix, Commands>[] {
  const helpOf = ({ name, help }: Base) =>
    prefix === '' ? help : `--${name} of the ${prefix.slice(0, -1)} link alone`
  return base.map((flag) => ({
    ...flag,
    name: `${prefix}${flag.name}`,
    group: 'Security',
    commands,
    help: helpOf(flag),
    // Each row keeps its kind and choices; a map over a union loses which.
  })) as readonly Flag[] as readonly Row<Prefix, Commands>[]
}

export const securityFlags = [
  ...rows('', ['run', 'classify', 'replay']),
  ...rows('back-', ['run']),
  ...rows('front-', ['run', 'classify']),
] as const satisfies readonly Flag[]
