// Check of the engines: which are installed, which load, and what to do to have a faster one. The models choose
// among those that load; which one runs what, the forward pass says.
import type { ModelFormat } from '../../domain/submodel.ts'
import { describeEngine, type EngineChoice } from '../../serving/engine/create-engine.ts'
import type { EngineName } from '../../serving/engine/engine.ts'
import { engineKinds, isInstalled, type EngineKind } from '../../serving/engine/engines.ts'
import { ModelError, toDdnnError } from '../../errors.ts'
import type { Verdict } from './check.ts'

interface SeenEngine {
  readonly name: EngineName
  readonly isInstalled: boolean
  /** What it says of itself; undefined where it does not load. */
  readonly description: string | undefined
  /** Why it does not load, one line. */
  readonly reason: string | undefined
  /** How to get it. */
  readonly hint: string
}

/**
 * Loads each engine once, without models.
 * @param formats of the models: an engine that runs none of them is not missed.
 * @throws DDNN_ENGINE_UNAVAILABLE where the one that was asked for does not load.
 */
export async function checkEngines(
  choice: EngineChoice,
  formats: readonly ModelFormat[],
): Promise<Verdict<readonly SeenEngine[]>> {
  const seen: SeenEngine[] = []
  // One after the other: that takes little from a tier beside.
  for (const kind of engineKinds.filter((one) => isShown(one, formats)))
    seen.push(await lookAt(kind))
  const asked = seen.find(({ name }) => name === choice)
  if (asked !== undefined && asked.description === undefined) {
    throw new ModelError(
      'DDNN_ENGINE_UNAVAILABLE',
      `Expected the engine ${asked.name} to load, got ${asked.reason ?? 'nothing'}`,
      { hint: asked.hint },
    )
  }
  const missed = choice === 'auto' ? missedBy(seen, formats) : []
  return {
    status: missed.length > 0 ? 'warning' : 'ok',
    found: `${choice === 'auto' ? 'auto' : `${choice}, as asked for`}; ${seen.map(describe).join('; ')}`,
    advice: missed.map(({ name, hint }) => `${name}: ${hint}`),
    facts: { asked: choice, engines: seen },
    value: seen,
  }
}

/** What is part of ddnn, and for stand-ins alone, is no choice of who has a network. */
function isShown(kind: EngineKind, formats: readonly ModelFormat[]): boolean {
  return kind.packageName !== undefined || formats.some((one) => kind.formats.includes(one))
}

async function lookAt(kind: EngineKind): Promise<SeenEngine> {
  const { name, hint } = kind
  const known = { name, isInstalled: isInstalled(kind), hint }
  return describeEngine(name).then(
    (description) => ({ ...known, description, reason: undefined }),
    (thrown: unknown) => {
      const [reason] = toDdnnError(thrown).message.split('\n')
      return { ...known, description: undefined, reason }
    },
  )
}

/** Those that would be faster than what is there, and those that are there and fail. */
function missedBy(
  seen: readonly SeenEngine[],
  formats: readonly ModelFormat[],
): readonly SeenEngine[] {
  const isOfUse = ({ name }: SeenEngine) =>
    engineKinds.some((kind) => kind.name === name && formats.some((f) => kind.formats.includes(f)))
  const ofUse = seen.filter(isOfUse)
  const best = ofUse.findIndex(({ description }) => description !== undefined)
  const faster = best === -1 ? ofUse : ofUse.slice(0, best)
  return seen.filter(
    (engine) => engine.description === undefined && (engine.isInstalled || faster.includes(engine)),
  )
}

function describe({ name, isInstalled, description, reason }: SeenEngine): string {
  if (description !== undefined) return `${name}: ${description}`
  if (!isInstalled) return `${name} is not installed`
  return `${name} is installed and does not load: ${reason ?? 'no reason given'}`
}
