// TLS and SASL: for both links, or for one of them with --back- or --front- in front of the name.
import type { Flag, StringFlag, BooleanFlag } from '../flag.ts'

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

type SecurityFlag = Omit<StringFlag, 'group' | 'commands'> | Omit<BooleanFlag, 'group' | 'commands'>

const base: readonly SecurityFlag[] = [
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
]

function forLink(side: 'back' | 'front'): readonly Flag[] {
  return base.map((flag) => ({
    ...flag,
    name: `${side}-${flag.name}`,
    group: 'Security',
    commands: side === 'front' ? ['run', 'classify'] : ['run'],
    help: `--${flag.name} of the ${side} link alone`,
  }))
}

export const securityFlags: readonly Flag[] = [
  ...base.map((flag): Flag => ({
    ...flag,
    group: 'Security',
    commands: ['run', 'classify', 'replay'],
  })),
  ...forLink('back'),
  ...forLink('front'),
]
