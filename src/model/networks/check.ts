// What a user's network (--model-module) can have wrong, found before anything is trained, and told in its
// own words. Our networks pass the same way.
import { ConfigError } from '../../errors.ts'
import {
  defaultWholeName,
  type Family,
  type Network,
  type Part,
  type SymbolicTensor,
} from './network.ts'
import { isFolderName, isSameFolder } from './names.ts'

/**
 * What `createNetwork` returned, checked, each part watching what its `apply` gives.
 * @throws DDNN_MODULE_INVALID, also later, when a part is applied.
 */
export function checkNetwork(made: unknown, classes: number): Network {
  if (!isObject(made)) throw invalid('createNetwork to return an object', describe(made))
  const { parts, whole, recipe, whitening } = made
  if (!Array.isArray(parts) || parts.length === 0) {
    throw invalid('parts to be a list of at least one part', describe(parts))
  }
  if (whole !== undefined && !isFolderName(whole)) {
    throw invalid('whole to be a name for a folder', describe(whole))
  }
  if (whitening !== undefined && typeof whitening !== 'string') {
    throw invalid('whitening to be the name of a layer', describe(whitening))
  }
  if (!isObject(recipe)) throw invalid('recipe to be an object, {} at least', describe(recipe))
  const taken = [{ name: whole ?? defaultWholeName, what: 'the whole model' }]
  const checked = parts.map((part: unknown, i): Part => {
    const place = `part ${i + 1}`
    if (!isObject(part)) throw invalid(`${place} to be an object`, describe(part))
    const { name, apply } = part
    if (!isFolderName(name)) {
      throw invalid(`name of ${place} to be one for a folder, as 'edge'`, describe(name))
    }
    const owner = taken.find((other) => isSameFolder(other.name, name))
    if (owner !== undefined) {
      throw invalid(`name of ${place} to be free`, `'${name}', the name of ${owner.what}`)
    }
    taken.push({ name, what: place })
    if (typeof apply !== 'function') {
      throw invalid(`part '${name}' to have a function apply`, describe(apply))
    }
    return watch(part as unknown as Part, i === parts.length - 1, classes)
  })
  return {
    parts: checked,
    recipe: recipe,
    ...(whole === undefined ? {} : { whole }),
    ...(whitening === undefined ? {} : { whitening }),
  }
}

/** A part that fails when it gives what it should not. */
function watch(part: Part, isLast: boolean, classes: number): Part {
  const { name } = part
  return {
    name,
    apply(input) {
      const outputs: unknown = part.apply(input)
      if (!isObject(outputs)) {
        throw invalid(`apply of '${name}' to return { features, exits }`, describe(outputs))
      }
      const { features, exits } = outputs
      if (isLast && features !== null) {
        throw invalid(`features of '${name}', the last part, to be null`, describe(features))
      }
      if (!isLast && !isSymbolic(features)) {
        throw invalid(`features of '${name}' to be the output of a layer`, describe(features))
      }
      if (!Array.isArray(exits) || exits.length === 0) {
        throw invalid(`exits of '${name}' to be a list of at least one`, describe(exits))
      }
      for (const [i, exit] of exits.entries()) {
        const isRight = isSymbolic(exit) && exit.shape.length === 2 && exit.shape[1] === classes
        if (isRight) continue
        throw invalid(`exit ${i + 1} of '${name}' to be [batch, ${classes}]`, describe(exit))
      }
      return { features: features as SymbolicTensor | null, exits: exits as SymbolicTensor[] }
    },
  }
}

/**
 * What shows only in the finished models.
 * @throws DDNN_MODULE_INVALID
 */
export function checkFamily({ whole, submodels }: Family): void {
  const twice = whole.outputNames.find((name, i, all) => all.indexOf(name) < i)
  if (twice !== undefined) {
    throw invalid('each exit to be the output of a layer of its own', `'${twice}' twice`)
  }
  const trained = new Set(whole.layers)
  for (const { name, model } of submodels) {
    const stray = model.layers.find(
      (layer) => layer.getClassName() !== 'InputLayer' && !trained.has(layer),
    )
    if (stray === undefined) continue
    throw invalid(
      `layers of '${name}' to be made once, outside of apply`,
      `'${stray.name}' made anew, which would never be trained`,
    )
  }
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSymbolic(value: unknown): value is SymbolicTensor {
  return isObject(value) && Array.isArray(value['shape']) && 'sourceLayer' in value
}

function describe(value: unknown): string {
  if (isSymbolic(value)) return `[${value.shape.map((axis) => axis ?? 'batch').join(', ')}]`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (value instanceof Promise) return 'a promise'
  if (typeof value === 'string') return `'${value}'`
  if (isObject(value)) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

function invalid(wanted: string, got: string): ConfigError {
  return new ConfigError('DDNN_MODULE_INVALID', `Expected ${wanted}, got ${got}`, {
    hint: 'docs/modules.md says what a network is made of, with an example',
  })
}
