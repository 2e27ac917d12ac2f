// ddnn in one process, without Kafka: what a local run does, asked by the load generator.
import { fileURLToPath } from 'node:url'
import type { EngineConfig } from '../../../cli/config.ts'
import type { DdnnProcessSettings } from '../clients/ddnn-process.ts'
import type { Contestant } from '../contestant.ts'
import { startDriver } from '../driver/start-driver.ts'
import type { Exits } from '../exits.ts'
import { cpuMsOf } from '../meter/cpu.ts'

interface DdnnProcessOptions {
  readonly models: readonly string[]
  readonly engine: EngineConfig
  readonly exits: Exits
  readonly maxInFlight: number
  readonly timeoutMs: number
}

export function createDdnnProcess(options: DdnnProcessOptions): Contestant {
  const name = 'ddnn'
  return {
    name,
    kind: 'ddnn',
    description: `all submodels in one process, engine ${options.engine.choice}`,
    maxInFlight: options.maxInFlight,
    start: async (setting) => {
      const settings: DdnnProcessSettings = { name, labels: setting.inputs.labels, ...options }
      const module = fileURLToPath(new URL('../clients/ddnn-process.js', import.meta.url))
      const driver = await startDriver({ module, settings, setting })
      return {
        run: (load) => driver.run(load),
        read: async () => {
          const { parts } = await driver.read()
          return { cpuMs: await cpuMsOf({ [name]: driver.pid }), bytes: {}, parts }
        },
        stop: () => driver.stop(),
      }
    },
  }
}
