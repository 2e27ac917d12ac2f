// Flags of `manifests`, which writes a deployment file as objects of Kubernetes or as a compose file.
import type { Flag } from '../flag.ts'

const group = 'Manifests'

export const manifestsFlags = [
  {
    name: 'file',
    group,
    commands: ['manifests'],
    kind: 'string',
    value: 'FILE',
    positional: true,
    env: 'DDNN_DEPLOYMENT',
    default: 'ddnn.yaml',
    help: 'Deployment file to read (docs/up.md)',
  },
  {
    name: 'output',
    aliases: ['o'],
    group,
    commands: ['manifests'],
    kind: 'string',
    value: 'DIR',
    env: 'DDNN_MANIFESTS_OUTPUT',
    help: 'Write files here, a tier each, with a kustomization.yaml; without it YAML is printed',
  },
  {
    name: 'namespace',
    group,
    commands: ['manifests'],
    kind: 'string',
    value: 'NAME',
    default: 'ddnn',
    help: 'Namespace of all objects; it is made too, unless it is default',
  },
  {
    name: 'image',
    group,
    commands: ['manifests'],
    kind: 'string',
    value: 'NAME:TAG',
    help: 'Image of tiers and door, with the models in it; default ddnn with the version as its tag',
  },
  {
    name: 'brokers',
    group,
    commands: ['manifests'],
    kind: 'string',
    value: 'HOSTS',
    env: 'DDNN_UP_BROKERS',
    help: 'Kafka to use in place of kafka.brokers of the file, as a Pod reaches it',
  },
  {
    name: 'models-claim',
    group,
    commands: ['manifests'],
    kind: 'string',
    value: 'NAME',
    help: "PersistentVolumeClaim with the model folders that are not the package's; without it they are in the image",
  },
  {
    name: 'compose',
    group,
    commands: ['manifests'],
    kind: 'boolean',
    help: 'A file for docker compose in place of Kubernetes: tiers, door, and Kafka where the file says own',
  },
] as const satisfies readonly Flag[]
