// Chooses and starts the engine. `auto` takes the fastest one that loads; a named one must load.
import { ModelError, toDdnnError } from '../errors.ts'
import type { Engine, EngineName, EngineOptions } from './engine.ts'
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
  tensorflow:
    'Install it with `npm install @tensorflow/tfjs-node`, where its download is blocked build it in a checkout with `node scripts/install-tensorflow.mjs`, or pass --engine wasm',
  wasm: 'Install ddnn again: its packages for wasm are incomplete',
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
  const failures: string[] = []
  for (const name of choice === 'auto' ? fastestFirst : [choice]) {
    try {
      const engine = await WorkerEngine.start({ ...options, name, onCrash })
      const passedOver = failures.length > 0 ? ` (${failures.join('; ')})` : ''
      log.info({ engine: name }, `engine ${name}: ${engine.description}${passedOver}`)
      return engine
    } catch (thrown) {
      const error = toDdnnError(thrown)
      if (choice !== 'auto') throw unavailable(`the engine ${name}`, error.message, name, thrown)
      failures.push(`${name} does not load: ${firstLineOf(error.message)}`)
    }
  }
  throw unavailable('an engine', failures.join('; '), 'wasm', undefined)
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
