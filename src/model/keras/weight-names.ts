// The weights of a model by the names that tfjs looks for. tensorflowjs takes them over from the file that Keras
// wrote: by layer and variable from a .h5 ('sequential/conv2d/kernel'), by class and number from a .keras
// ('layers/conv2d_1/vars/0': the second Conv2D of the network, whatever its name).
import type { ModelJson } from '../model-json.ts'
import type { LayerSpec, Network } from '../onnx/topology.ts'
import { variablesOf } from './variables.ts'

type Groups = ModelJson['weightsManifest']

/** What a layer of Keras is called after the rewriting: names of its weights begin with it. */
type TargetOf = (path: readonly string[], layer: LayerSpec) => string

/** Weights that inference has no place for belong to the optimizer: tfjs puts those aside. */
const aside = { group: 'optimizer' }

/** The manifest of weights with the names of tfjs. */
export function renameWeights(groups: Groups, network: Network, targetOf: TargetOf): Groups {
  const stored = groups.flatMap(({ weights }) => weights.map(({ name }) => name))
  const isNumbered = stored.some((name) => numbered.test(name))
  const targets = new Map<string, string | undefined>()
  walk(network, [], '', (layer, path, place) => {
    for (const [index, variable] of (variablesOf(layer.className, layer.config) ?? []).entries()) {
      const name = isNumbered
        ? stored.find((candidate) => isVariable(standard(candidate), place, index))
        : findNamed(stored, path, `${layer.name}/${variable.name}`)
      const { target } = variable
      if (name === undefined) continue
      targets.set(name, target === undefined ? undefined : `${targetOf(path, layer)}/${target}`)
    }
  })
  return groups.map((group) => ({
    ...group,
    weights: group.weights.map((weight) => {
      if (targets.has(weight.name)) {
        const target = targets.get(weight.name)
        return target === undefined ? { ...weight, ...aside } : { ...weight, name: target }
      }
      return /(^|\/)(optimizer|seed_generator)\//.test(standard(weight.name))
        ? { ...weight, ...aside }
        : weight
    }),
  }))
}

const numbered = /(^|[/\\])vars[/\\]\d+$/

/** Of the layer itself, or of the cell within a recurrent one. */
function isVariable(name: string, place: string, index: number): boolean {
  return [`${place}vars/${index}`, `${place}cell/vars/${index}`].includes(name)
}

/** Earlier versions of Keras 3 wrote backslashes, and a longer word for `layers`. */
function standard(name: string): string {
  return name.replaceAll('\\', '/').replaceAll('_layer_checkpoint_dependencies', 'layers')
}

/** By its whole name, else by its end; of several, the one inside the models that the layer is inside. */
function findNamed(
  stored: readonly string[],
  path: readonly string[],
  wanted: string,
): string | undefined {
  const whole = [...path, wanted].join('/')
  for (const name of [whole, wanted]) if (stored.includes(name)) return name
  const ending = stored.filter((name) => name.endsWith(`/${wanted}`))
  const inside = ending.filter((name) => path.every((part) => name.split('/').includes(part)))
  return (inside.length > 0 ? inside : ending)[0]
}

/** Each layer with the models around it, and its place as Keras counts: 'layers/functional/layers/dense_1/'. */
function walk(
  network: Network,
  path: readonly string[],
  place: string,
  visit: (layer: LayerSpec, path: readonly string[], place: string) => void,
): void {
  const counts = new Map<string, number>()
  for (const layer of network.layers.values()) {
    const word = snakeCase(layer.className)
    const count = counts.get(word) ?? 0
    counts.set(word, count + 1)
    const here = `${place}layers/${word}${count === 0 ? '' : `_${count}`}/`
    if (layer.network === undefined) visit(layer, path, here)
    else walk(layer.network, [...path, layer.name], here, visit)
  }
}

/** keras.src.utils.naming.to_snake_case */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
