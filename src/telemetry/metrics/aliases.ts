// The same numbers by the names of Triton's metrics (nv_inference_*), for dashboards that know those:
// https://github.com/triton-inference-server/server/blob/main/docs/user_guide/metrics.md
import { Counter, Gauge } from 'prom-client'
import type { Metrics } from './metrics.ts'

const labelNames = ['model', 'version'] as const

/** What one tier has counted; times in seconds. */
interface Counted {
  readonly outcomes: ReadonlyMap<string, number>
  readonly stages: ReadonlyMap<string, number>
  readonly samples: number
  readonly batches: number
  readonly waiting: number
}

/** Adds them to the same registry; `model` is the tier's name, `version` that of its family. */
export function addAliases(metrics: Metrics): void {
  const registers = [metrics.registry]
  const counter = (name: string, help: string, more: readonly string[] = []) =>
    new Counter({ name, help, labelNames: [...labelNames, ...more], registers })
  const success = counter('nv_inference_request_success', 'Requests answered')
  const failure = counter('nv_inference_request_failure', 'Requests not answered', ['reason'])
  const count = counter('nv_inference_count', 'Samples of all forward passes')
  const passes = counter('nv_inference_exec_count', 'Forward passes')
  const times = {
    total: counter('nv_inference_request_duration_us', 'Time of requests, microseconds'),
    queue: counter('nv_inference_queue_duration_us', 'Time in the queue, microseconds'),
    decode: counter('nv_inference_compute_input_duration_us', 'Time of decoding, microseconds'),
    compute: counter('nv_inference_compute_infer_duration_us', 'Time of passes, microseconds'),
    reply: counter('nv_inference_compute_output_duration_us', 'Time of replying, microseconds'),
  }
  const pending = new Gauge({
    name: 'nv_inference_pending_request_count',
    help: 'Samples that wait for a batch or a worker',
    labelNames,
    registers,
  })
  const all = [success, failure, count, passes, ...Object.values(times)]
  metrics.beforeScrape(async () => {
    const counted = await countTiers(metrics)
    const versions = await versionsOf(metrics)
    // Counters that only read others begin anew each time.
    for (const one of all) one.reset()
    for (const [tier, { outcomes, stages, samples, batches, waiting }] of counted) {
      const labels = { model: tier, version: versions.get(tier) ?? '' }
      const sum = (...names: readonly string[]) =>
        names.reduce((total, name) => total + (outcomes.get(name) ?? 0), 0)
      success.inc(labels, sum('exit', 'offload', 'fallback'))
      failure.inc({ ...labels, reason: 'REJECTED' }, sum('overloaded'))
      failure.inc({ ...labels, reason: 'CANCELED' }, sum('late'))
      failure.inc({ ...labels, reason: 'OTHER' }, sum('error'))
      count.inc(labels, samples)
      passes.inc(labels, batches)
      for (const [stage, one] of Object.entries(times)) {
        one.inc(labels, Math.round((stages.get(stage) ?? 0) * 1e6))
      }
      pending.set(labels, waiting)
    }
  })
}

async function countTiers(metrics: Metrics): Promise<ReadonlyMap<string, Counted>> {
  const [requests, latency, batches, queue] = await Promise.all([
    metrics.requests.get(),
    metrics.latency.get(),
    metrics.batchSize.get(),
    metrics.engineQueue.get(),
  ])
  const tiers = new Set(requests.values.flatMap(({ labels }) => labels.tier ?? []))
  const entries = [...tiers].map((tier) => {
    const own = <L extends { readonly tier?: string }, V extends { readonly labels: L }>(
      values: readonly V[],
    ) => values.filter(({ labels }) => labels.tier === tier)
    const sumOf = (end: string) =>
      own(batches.values)
        .filter(({ metricName }) => metricName === `ddnn_batch_size_${end}`)
        .reduce((sum, { value }) => sum + value, 0)
    const counted: Counted = {
      outcomes: new Map(
        own(requests.values).map(({ labels, value }) => [labels.outcome ?? '', value]),
      ),
      stages: new Map(
        own(latency.values)
          .filter(({ metricName }) => metricName === 'ddnn_latency_seconds_sum')
          .map(({ labels, value }) => [labels.stage ?? '', value]),
      ),
      samples: sumOf('sum'),
      batches: sumOf('count'),
      waiting: own(queue.values).reduce((sum, { value }) => sum + value, 0),
    }
    return [tier, counted] as const
  })
  return new Map(entries)
}

async function versionsOf(metrics: Metrics): Promise<ReadonlyMap<string, string>> {
  const { values } = await metrics.models.get()
  return new Map(
    values
      .filter(({ labels }) => labels.state === 'serving')
      .map(({ labels }) => [labels.tier ?? '', labels.version ?? '']),
  )
}
