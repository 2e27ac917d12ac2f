// Flags of who may ask over HTTP and gRPC: what is open, to whom, and how much of it.
import type { Flag } from '../flag.ts'

const group = 'HTTP and gRPC'

export const doorFlags = [
  {
    name: 'grpc-port',
    group,
    commands: ['run'],
    kind: 'integer',
    min: 0,
    max: 65535,
    value: 'PORT',
    help: 'Answer gRPC of the Open Inference Protocol on this port; 0 takes a free one',
    details: 'On the address of --http-host, under the rules of the HTTP door (docs/http.md).',
  },
  {
    name: 'model-name',
    group,
    commands: ['run'],
    kind: 'string',
    value: 'NAME',
    default: 'ddnn',
    help: 'What the models are called in requests: /v2/models/NAME/infer',
  },
  {
    name: 'http-token-file',
    group,
    commands: ['run'],
    kind: 'string',
    value: 'FILE',
    help: 'Inference only for clients with a bearer token of this file, one a line',
    details: 'Read anew when it changes. Health and metrics need none.',
  },
  {
    name: 'http-open',
    group,
    commands: ['run'],
    kind: 'boolean',
    help: 'Inference for every client that reaches the port, without a token',
    details:
      'Without it and without --http-token-file only this machine itself is answered; others get 403. Health and metrics answer all.',
  },
  {
    name: 'http-tls-cert',
    group,
    commands: ['run'],
    kind: 'string',
    value: 'FILE',
    help: 'PEM certificate: HTTPS on --http-port, and TLS on --grpc-port',
  },
  {
    name: 'http-tls-key',
    group,
    commands: ['run'],
    kind: 'string',
    value: 'FILE',
    help: 'PEM key of --http-tls-cert',
  },
  {
    name: 'http-max-body-bytes',
    group,
    commands: ['run'],
    kind: 'integer',
    min: 1024,
    max: 1073741824,
    value: 'BYTES',
    default: 33554432,
    help: 'Largest request; a larger one is refused with 413 before it is read',
  },
  {
    name: 'http-max-in-flight',
    group,
    commands: ['run'],
    kind: 'integer',
    min: 1,
    max: 65536,
    value: 'N',
    default: 256,
    help: 'Most images of HTTP and gRPC under way at once; what comes beyond gets 429 and Retry-After',
  },
] as const satisfies readonly Flag[]
