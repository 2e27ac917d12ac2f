// The floor under ddnn in one process: onnxruntime-node alone, in the process that asks (src/lab/bench/bare/).
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BareRun, BareStage } from '../bare/stage.ts'
import type { Contestant } from '../contestant.ts'
import { startDriver } from '../driver/start-driver.ts'
import { cpuMsOf } from '../meter/cpu.ts'

interface BareEngineOptions extends Partial<BareRun> {
  readonly stages: readonly BareStage[]
}

const client = fileURLToPath(
  new URL(`../bare/engine-client${extname(import.meta.url)}`, import.meta.url),
)

export function createBareEngine({ stages, ...given }: BareEngineOptions): Contestant {
  const run: BareRun = { maxBatchSize: 32, threads: 1, spins: false, ...given }
  return {
    name: 'bare engine',
    kind: 'floor',
    description: `onnxruntime-node alone, ${run.threads} threads, ${stages.length} sessions one after the other in the process that asks`,
    maxInFlight: Infinity,
    start: async (setting) => {
      const settings = { ...run, stages }
      const driver = await startDriver({ module: client, settings, setting })
      return {
        run: (load) => driver.run(load),
        read: async () => ({
          cpuMs: await cpuMsOf({ device: driver.pid }),
          bytes: {},
          parts: (await driver.read()).parts,
        }),
        stop: () => driver.stop(),
      }
    },
  }
}
