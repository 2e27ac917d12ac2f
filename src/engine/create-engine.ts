// Chooses and starts the engine. `auto` takes the fastest one that loads; a named one must load.
import { ModelError, toDdnnError } from '../errors.ts'
import type { Engine, EngineName, EngineOptions } from './engine.ts'
import { installHint } from './install-hint.ts'
import { WorkerEngine } from './worker-engine.ts'

export type EngineChoice = EngineName | 'auto'

/** The two levels of a pino logger that engines use. */
export interface EngineLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

/** Fastest first: measured, tfjs-node takes a fifth of wasm's time on a batch of 32. */
const fastestFirst: readonly EngineName[] = ['tensorflow', 'wasm']

const hints: Readonly<Record<EngineName, string>> = {
  tensorflow: `${installHint}, or pass --engine wasm`,
  wasm: 'Install ddnn again: its packages for wasm are incomplete',
}

/** An engine, and those that `auto` would have taken before it. */
export interface StartedEngine {
  readonly engine: Engine
  readonly passedOver: readonly PassedOver[]
}

export interface PassedOver {
  readonly name: EngineName
  /** Why it does not load, one line. */
  readonly reason: string
  /** How to get it. */
  readonly hint: string
}

/**
 * Starts an engine, its workers included; models are loaded later. Says in the log which one runs.
 * @throws DDNN_ENGINE_UNAVAILABLE when the named runtime, or every runtime, does not load.
 */
export async function createEngine(
  choice: EngineChoice,
  options: EngineOptions,
  log: EngineLog,
): Promise<Engine> {
  const onCrash = (error: Error) => log.warn({ err: error }, 'engine worker lost, starting another')
  const { engine, passedOver } = await startEngine(choice, options, onCrash)
  const shown = passedOver.map(({ name, reason }) => `${name} does not load: ${reason}`)
  const others = shown.length > 0 ? ` (${shown.join('; ')})` : ''
  log.info({ engine: engine.name }, `engine ${engine.name}: ${engine.description}${others}`)
  return engine
}

/** As `createEngine`, and tells why faster engines were passed over. Errors as there. */
export async function startEngine(
  choice: EngineChoice,
  options: EngineOptions,
  onCrash: (error: Error) => void,
): Promise<StartedEngine> {
  const passedOver: PassedOver[] = []
  for (const name of choice === 'auto' ? fastestFirst : [choice]) {
    try {
      return { engine: await WorkerEngine.start({ ...options, name, onCrash }), passedOver }
    } catch (thrown) {
      const error = toDdnnError(thrown)
      if (choice !== 'auto') throw unavailable(`the engine ${name}`, error.message, name, thrown)
      passedOver.push({ name, reason: firstLineOf(error.message), hint: hints[name] })
    }
  }
  const reasons = passedOver.map(({ name, reason }) => `${name} does not load: ${reason}`)
  throw unavailable('an engine', reasons.join('; '), 'wasm', undefined)
}

function unavailable(what: string, got: string, name: EngineName, cause: unknown): ModelError {
  return new ModelError(
    'DDNN_ENGINE_UNAVAILABLE',
    `Expected ${what} to load, got ${firstLineOf(got)}`,
    { cause, hint: hints[name] },
  )
}

/** Node and tfjs-node put a require stack or advice on further lines. */
function firstLineOf(message: string): string {
  return message.split('\n')[0] ?? message
}
