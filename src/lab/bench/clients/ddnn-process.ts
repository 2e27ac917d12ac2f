// ddnn without Kafka as a client of the bench: all submodels in the process that asks, behind the same store,
// engine, cascade and answer as a local run's.
import { createContext } from '../../../compose/links.ts'
import { openModelStore } from '../../../compose/model-store.ts'
import type { EngineConfig } from '../../../cli/config.ts'
import { hashLabels } from '../../../domain/labels.ts'
import { scaledTo, writeTensor } from '../../../domain/widen.ts'
import { createLog } from '../../../telemetry/log.ts'
import { totalsOf } from '../meter/scrape.ts'
import { createAnswer } from '../../../serving/tier/answer.ts'
import type { ServedModels } from '../../../serving/tier/served-models.ts'
import type { Client, ClientInputs } from '../driver/client.ts'
import { exitThreshold, type Exits } from '../exits.ts'
import { toClientAnswer } from './answer.ts'
import { createImages } from './images.ts'
import { scaleOf } from '../../../domain/submodel.ts'

export interface DdnnProcessSettings {
  readonly name: string
  /** One folder a tier, in the order of the chain. */
  readonly models: readonly string[]
  readonly engine: EngineConfig
  readonly exits: Exits
  readonly labels: readonly string[]
  readonly maxInFlight: number
  readonly timeoutMs: number
}

export async function openClient(
  settings: DdnnProcessSettings,
  inputs: ClientInputs,
): Promise<Client> {
  const { name, models: folders, engine, timeoutMs } = settings
  const log = createLog({ level: 'warn', format: 'pretty', name })
  const { metrics, meter } = createContext(name, log)
  const store = await openModelStore({
    name,
    folders,
    engine,
    exits: { confidence: undefined, threshold: undefined },
    links: { hasBack: false, front: undefined },
    keepMs: timeoutMs,
    log,
    metrics,
    meter,
  })
  const models = forced(store.served()[0], settings)
  const front = undefined
  const answer = createAnswer({ name, front, replyReserveMs: 0, hops: 'stage', meter, log })
  const table = scaledTo(scaleOf(models.stages[0]?.spec))
  const imageOf = createImages(inputs)
  const parts = { decode: 0, answer: 0 }

  return {
    maxInFlight: settings.maxInFlight,
    ask: async (index) => {
      const startedAt = performance.now()
      const image = await imageOf(index).read()
      const readAt = performance.now()
      parts.decode += readAt - startedAt
      const write = (slot: Float32Array) => writeTensor(image, slot, table)
      const reply = await answer(models, write, { budgetMs: timeoutMs })
      parts.answer += performance.now() - readAt
      return toClientAnswer(reply)
    },
    read: async () => {
      const { stages } = totalsOf(name, await metrics.text())
      const { queue = 0, compute = 0 } = stages
      return {
        bytes: 0,
        parts: [
          { where: name, part: 'decode', ms: parts.decode },
          { where: name, part: 'queue', ms: queue },
          { where: name, part: 'compute', ms: compute },
          { where: name, part: 'other', ms: parts.answer - queue - compute },
        ],
      }
    },
    close: () => store.close(),
  }
}

/** The models with thresholds that let images out where the bench wants them to leave. */
function forced(models: ServedModels, { exits, labels }: DdnnProcessSettings): ServedModels {
  const labelsHash = models.labelsHash ?? hashLabels(labels)
  if (exits === 'any') return { ...models, labelsHash }
  const rules = models.rules.map((ofStage, stage) =>
    ofStage.map((rule) => ({
      ...rule,
      confidence: 'softmax' as const,
      threshold: exitThreshold(exits, models.stages[stage]?.spec.name ?? ''),
    })),
  )
  return { ...models, labelsHash, rules }
}
