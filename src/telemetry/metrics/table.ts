// Every series of a process, in one table: its instruments (metrics.ts), docs/metrics.md and the test that scrapes a run
// are made from it. Names and units as Prometheus asks: seconds, bytes, `_total` on what only grows.
/** A label: in words what its values are, or all of them, where they are known before anything happens. */
type LabelRow = string | readonly string[]

export interface SeriesRow {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly name: string
  readonly help: string
  readonly labels: Readonly<Record<string, LabelRow>>
  /** Upper bounds; of a histogram alone. */
  readonly buckets?: readonly number[]
}

/** From half a millisecond to a minute. */
const secondsBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
]

const tier = 'the `--name` of a tier, device or gateway'
const exit = 'place of the exit in the family, from 0'
const submodel = "name of the submodel's folder"
const topic = 'the request topic'
export const metricTable = {
  ready: { type: 'gauge', name: 'ddnn_ready', help: '1 while ready', labels: { tier } },
  requests: {
    type: 'counter',
    name: 'ddnn_requests_total',
    help: 'Requests ended, by what came of them; a device and a gateway count their images',
    labels: {
      tier,
      outcome: ['exit', 'offload', 'fallback', 'error', 'late', 'overloaded', 'probe'],
    },
  },
  inFlight: {
    type: 'gauge',
    name: 'ddnn_in_flight',
    help: 'Requests under way',
    labels: { tier },
  },
  latency: {
    type: 'histogram',
    name: 'ddnn_latency_seconds',
    help: 'Time in each stage of a request; offload holds encode and all of the tiers in front',
    labels: {
      tier,
      stage: ['decode', 'queue', 'compute', 'encode', 'offload', 'reply', 'total'],
    },
    buckets: secondsBuckets,
  },
  exits: {
    type: 'counter',
    name: 'ddnn_exit_total',
    help: 'Samples that left, by exit',
    labels: { tier, exit },
  },
  confidence: {
    type: 'histogram',
    name: 'ddnn_exit_confidence',
    help: 'Confidence of each exit asked, by its own criterion',
    labels: { tier, exit },
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1],
  },
  batchSize: {
    type: 'histogram',
    name: 'ddnn_batch_size',
    help: 'Samples in a forward pass, once a pass',
    labels: { tier, submodel },
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
  },
  bytes: {
    type: 'counter',
    name: 'ddnn_bytes_total',
    help: 'Bytes of requests and replies, without headers, as Kafka carries them before its own compression',
    labels: {
      tier,
      direction: ['received', 'replied', 'sent', 'answered'],
      codec:
        'of a tensor or image as `--feature-codec` and `--send` name it; of a reply `frame` or `json`',
    },
  },
  fallbacks: {
    type: 'counter',
    name: 'ddnn_fallbacks_total',
    help: 'Answers of an own exit in place of the front, by what kept the front from answering',
    labels: { tier, reason: 'code of the error' },
  },
  breaker: {
    type: 'gauge',
    name: 'ddnn_front_breaker',
    help: 'Breaker of the front: 0 closed, 1 half-open, 2 open',
    labels: { topic },
  },
  replies: {
    type: 'counter',
    name: 'ddnn_replies_total',
    help: 'Replies received: foreign ones are of another process, late ones of requests that were given up',
    labels: { topic, kind: ['matched', 'foreign', 'late', 'duplicate'] },
  },
  deadLetters: {
    type: 'counter',
    name: 'ddnn_dead_letters_total',
    help: 'Requests put aside in TOPIC_dlq',
    labels: { topic, code: 'code of the error' },
  },
  modelMismatches: {
    type: 'counter',
    name: 'ddnn_model_mismatches_total',
    help: 'Requests with features of another family',
    labels: { tier },
  },
  lag: {
    type: 'gauge',
    name: 'ddnn_consumer_lag',
    help: 'Requests that wait in a partition that this process reads, those under way among them',
    labels: { group: 'the `--group-id`', topic, partition: 'its number' },
  },
  brokerRequests: {
    type: 'histogram',
    name: 'ddnn_broker_request_seconds',
    help: 'Requests to brokers, from sent to answered; a Fetch waits there for records',
    labels: { api: "Kafka's name of the request" },
    buckets: secondsBuckets,
  },
  engineWorkers: {
    type: 'gauge',
    name: 'ddnn_engine_workers',
    help: 'Worker threads of the engine: wanted, and serving now',
    labels: { tier, state: ['wanted', 'serving'] },
  },
  engineQueue: {
    type: 'gauge',
    name: 'ddnn_engine_queue',
    help: 'Samples that wait for a batch or a worker',
    labels: { tier },
  },
  engineMemory: {
    type: 'gauge',
    name: 'ddnn_engine_memory_bytes',
    help: 'Memory of models and tensors in all workers, as the runtime tells it',
    labels: { tier },
  },
  exitRate: {
    type: 'gauge',
    name: 'ddnn_exit_rate',
    help: 'Share of the samples that left at an exit, of those asked there lately (some 1000)',
    labels: { tier, exit },
  },
  exitRateDrift: {
    type: 'gauge',
    name: 'ddnn_exit_rate_drift',
    help: 'ddnn_exit_rate less the rate of the calibration, where the manifest tells it',
    labels: { tier, exit },
  },
  confidenceDrift: {
    type: 'gauge',
    name: 'ddnn_exit_confidence_drift',
    help: 'Mean confidence lately less that of the calibration, where the manifest tells it',
    labels: { tier, exit },
  },
  reloads: {
    type: 'counter',
    name: 'ddnn_reloads_total',
    help: 'Models read anew',
    labels: { tier, outcome: ['swapped', 'thresholds', 'refused', 'unchanged'] },
  },
  models: {
    type: 'gauge',
    name: 'ddnn_models',
    help: '1 for each family in memory',
    labels: {
      tier,
      family: 'of the manifest',
      version: 'of the manifest',
      thresholds: 'hash of all that decides',
      state: 'serving, retiring',
    },
  },
  doorRequests: {
    type: 'counter',
    name: 'ddnn_door_requests_total',
    help: 'Inference over HTTP and gRPC',
    labels: { door: ['http', 'grpc'], status: 'of HTTP, or the name of a code of gRPC' },
  },
  doorImages: {
    type: 'counter',
    name: 'ddnn_door_images_total',
    help: 'Images asked for over HTTP and gRPC',
    labels: { door: ['http', 'grpc'] },
  },
  doorLatency: {
    type: 'histogram',
    name: 'ddnn_door_latency_seconds',
    help: 'From the headers of an inference to the last byte of its response',
    labels: { door: ['http', 'grpc'] },
    buckets: secondsBuckets,
  },
} as const satisfies Readonly<Record<string, SeriesRow>>
