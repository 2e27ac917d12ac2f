// The engine and the codec of a bench as flags of its tiers.
import type { BenchSettings } from './settings.ts'

export function engineFlags({
  engine,
  featureCodec,
}: Pick<BenchSettings, 'engine' | 'featureCodec'>): readonly string[] {
  const { choice, maxBatchSize, maxQueueDelayMs, workers, threads } = engine
  return [
    ...['--engine', choice, '--workers', String(workers)],
    ...['--max-batch-size', String(maxBatchSize), '--max-queue-delay-ms', String(maxQueueDelayMs)],
    ...(threads === undefined ? [] : ['--engine-threads', String(threads)]),
    ...(featureCodec === undefined ? [] : ['--feature-codec', featureCodec]),
  ]
}
