// What the tiers of made families say of images, by a run in this process: what replies are held against.
import { readModelFolder } from '../../src/model/folder.ts'
import { confidenceOf } from '../../src/domain/confidence.ts'
import { hopsOf, type Reply } from '../../src/domain/reply.ts'
import { resolveRules } from '../../src/domain/rules.ts'
import { createEngine } from '../../src/serving/engine/create-engine.ts'
import { createSilentLog } from '../../src/telemetry/log.ts'
import { hashRules } from '../../src/serving/tier/served-models.ts'
import { join } from 'node:path'
import { madeTiers } from './made-family.ts'

/** Of one family: the logits of each image at each tier's exit. */
export type FamilyLogits = readonly (readonly (readonly number[])[])[]

export interface KnownThresholds {
  readonly tier: number
  readonly threshold: number
}

/** A family and the thresholds that its tiers had at one time or another. */
export interface KnownFamily {
  readonly logits: FamilyLogits
  /** By the hash that replies name. */
  readonly thresholds: ReadonlyMap<string, KnownThresholds>
}

const noExits = { confidence: undefined, threshold: undefined }

/** Runs images (uint8, of one shape) through a family's three submodels, exits passed over. */
export async function runFamily(
  folder: string,
  images: readonly Uint8Array[],
): Promise<FamilyLogits> {
  const specs = (await Promise.all(madeTiers.map((t) => readModelFolder(join(folder, t))))).flat()
  const options = { maxBatchSize: 16, maxQueueDelayMs: 0, workers: 1 }
  const engine = await createEngine('wasm', specs, options, createSilentLog())
  try {
    return await Promise.all(
      images.map(async (image) => {
        const logits: number[][] = []
        let input: ArrayLike<number> = Float32Array.from(image, (value) => value / 255)
        for (const stage of engine.stages) {
          const given = input
          const run = await stage.run((slot) => slot.set(given))
          logits.push([...(run.exits[0] ?? [])])
          input = run.features ?? []
        }
        return logits
      }),
    )
  } finally {
    await engine.dispose()
  }
}

/** Hashes of the thresholds that the manifests below `folder` have now. */
export async function thresholdsIn(
  folder: string,
): Promise<readonly (readonly [string, KnownThresholds])[]> {
  return Promise.all(
    madeTiers.map(async (name, tier) => {
      const specs = await readModelFolder(join(folder, name))
      const rules = resolveRules(specs, [1], noExits)
      const threshold = rules[0]?.[0]?.threshold ?? Number.NaN
      return [hashRules(rules), { tier, threshold }] as const
    }),
  )
}

/** By softmax, as made manifests have it. */
export function sureness(logits: readonly number[]): number {
  return confidenceOf(logits, 'softmax', 'logits', 1)
}

export interface Judgement {
  /** What is wrong with the reply; empty where it is right. */
  readonly wrong: readonly string[]
  readonly family: string
  readonly isFallback: boolean
  readonly hops: number
}

/** Values of another engine may differ so much, and a confidence so near to a threshold go either way. */
const tolerance = 1e-3

/** Holds each hop of a reply to the family and thresholds that it names. */
export function judgeReply(
  reply: Reply,
  image: number,
  known: ReadonlyMap<string, KnownFamily>,
): Judgement {
  const hops = hopsOf(reply)
  const wrong = hops.flatMap((hop, i) => judgeHop(hop, i, hops[i - 1], image, known))
  return {
    wrong,
    family: reply.model?.family ?? 'none',
    isFallback: hops.some(({ fallback }) => fallback),
    hops: hops.length,
  }
}

function judgeHop(
  hop: Reply,
  tier: number,
  back: Reply | undefined,
  image: number,
  known: ReadonlyMap<string, KnownFamily>,
): readonly string[] {
  const { model, result } = hop
  const name = `${madeTiers[tier]} (${JSON.stringify(model)})`
  if (hop.problem !== undefined) return [`${name}: ${hop.problem.code} ${hop.problem.message}`]
  const family = known.get(model?.family ?? '')
  const rules = family?.thresholds.get(model?.thresholds ?? '')
  if (family === undefined || rules?.tier !== tier) return [`${name}: nobody knows these models`]
  if (back !== undefined && back.model?.family !== model?.family) {
    return [`${name}: features of family ${back.model?.family}`]
  }
  const wanted = family.logits[image]?.[tier] ?? []
  const got = result?.logits ?? []
  const scale = Math.max(1, ...wanted.map(Math.abs))
  const worst = Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] ?? Infinity))))
  if (!(worst <= tolerance * scale)) {
    return [`${name}: logits ${got.join(' ')} for ${wanted.join(' ')}`]
  }
  const sure = sureness(wanted)
  const leaves = tier === 2 || sure >= rules.threshold
  const left = hop.next === undefined && !hop.fallback
  const isClose = tier < 2 && Math.abs(sure - rules.threshold) < tolerance
  if (leaves === left || isClose) return []
  return [`${name}: ${left ? 'left' : 'went on'} with ${sure} of ${rules.threshold}`]
}
