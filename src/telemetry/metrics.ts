// Every number that a process counts, in one table (docs/operations.md explains each). A registry
// is one process's or one test's: nothing is global.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

const latencyBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]

/**
 * How often the event loop is looked at for its delay, milliseconds. Each look wakes the process: the default of
 * 10 took 0.4 % of a core of a tier that nobody asked.
 */
const eventLoopLookMs = 100

export type Metrics = ReturnType<typeof createMetrics>

/** All metrics of a process. Times are seconds, sizes bytes, as Prometheus asks. */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}) {
  const registry = new Registry()
  const registers = [registry]
  // Also gives nodejs_eventloop_lag_*: the delay of the event loop.
  if (options.processMetrics === true) {
    const eventLoopMonitoringPrecision = eventLoopLookMs
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision })
  }
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames: [...labelNames], registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name, help, labelNames: [...labelNames], registers })
  const seconds = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Histogram<L>({
      name,
      help,
      labelNames: [...labelNames],
      buckets: latencyBuckets,
      registers,
    })

  return {
    registry,
    /** outcome: exit, offload, fallback, error, late, overloaded, probe; a device counts its samples. */
    requests: counter('ddnn_requests_total', 'Requests ended, by outcome', ['tier', 'outcome']),
    exits: counter('ddnn_exit_total', 'Samples that left, by tier and exit', ['tier', 'exit']),
    confidence: new Histogram({
      name: 'ddnn_exit_confidence',
      help: 'Confidence of the deepest exit computed, by exit',
      labelNames: ['tier', 'exit'],
      buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1],
      registers,
    }),
    /** stage: decode, queue, compute, front (encode is a part of it), reply, total. */
    latency: seconds('ddnn_latency_seconds', 'Time in each stage of a request', ['tier', 'stage']),
    batchSize: new Histogram({
      name: 'ddnn_batch_size',
      help: 'Samples in a forward pass, counted once a sample',
      labelNames: ['tier', 'submodel'],
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers,
    }),
    inFlight: gauge('ddnn_in_flight', 'Requests under way', ['tier']),
    fallbacks: counter('ddnn_fallbacks_total', 'Answers given in place of the front', [
      'tier',
      'reason',
    ]),
    modelMismatches: counter('ddnn_model_mismatches_total', 'Features of another family', ['tier']),
    replies: counter(
      'ddnn_replies_total',
      'Replies received: matched, foreign (another process), late (timed out), duplicate',
      ['kind'],
    ),
    deadLetters: counter('ddnn_dead_letters_total', 'Requests put aside, by code', [
      'topic',
      'code',
    ]),
    offloadedBytes: counter('ddnn_offloaded_bytes_total', 'Bytes sent to the front', ['tier']),
    lag: gauge('ddnn_consumer_lag', 'Requests waiting in the topic', [
      'group',
      'topic',
      'partition',
    ]),
    ready: gauge('ddnn_ready', '1 while ready', ['tier']),
    reloads: counter(
      'ddnn_reloads_total',
      'Models read anew: swapped, thresholds, refused, unchanged',
      ['tier', 'outcome'],
    ),
    models: gauge('ddnn_models', '1 for each family in memory; state: serving, retiring', [
      'tier',
      'family',
      'version',
      'thresholds',
      'state',
    ]),
    /** door: http, grpc; status: of HTTP, or the name of a code of gRPC. */
    doorRequests: counter('ddnn_door_requests_total', 'Inference over HTTP and gRPC, by status', [
      'door',
      'status',
    ]),
    doorImages: counter('ddnn_door_images_total', 'Images asked for over HTTP and gRPC', ['door']),
    /** From the headers of a request to the last byte of its response. */
    doorLatency: seconds('ddnn_door_latency_seconds', 'Time of inference over HTTP and gRPC', [
      'door',
    ]),
    breaker: gauge('ddnn_front_breaker', 'Breaker of the front: 0 closed, 1 half-open, 2 open', [
      'topic',
    ]),
  }
}
