// `ddnn train --backbone`: flags to a BackboneChoice, and the table of --list-exits.
import type { BackboneChoice } from '../lab/training/backbone/choice.ts'
import { openChosen } from '../lab/training/backbone/open.ts'
import { placeExits } from '../lab/training/backbone/places.ts'
import { headEpochs } from '../lab/training/backbone/recipe.ts'
import type { TrainOptions } from '../lab/training/options.ts'
import type { Backbone } from '../model/backbone/backbone.ts'
import { describePercent } from '../report/describe.ts'
import { textTable } from '../report/text-table.ts'
import type { Values } from './flag-types.ts'
import type { CutsDocument } from './json/train.ts'

/** Flags of --backbone, which mean nothing without it. */
const dependent = [
  ...(['exits-at', 'list-exits', 'keep-classifier', 'backbone-pixels', 'head'] as const),
  ...(['fine-tune', 'fine-tune-rate', 'fine-tune-epochs'] as const),
]

/** Flags of --fine-tune. */
const tuning = ['fine-tune-rate', 'fine-tune-epochs'] as const

/** Flags of networks that are made here. */
const others = ['network', 'model-module', 'initial-weights', 'split', 'from-scratch'] as const

/** Undefined without --backbone. */
export function readBackboneChoice(values: Values<'train'>): BackboneChoice | undefined {
  const path = values.string('backbone')
  if (path === undefined) return undefined
  const isSized = values.isGiven('height') || values.isGiven('width')
  return {
    path,
    exitsAt: values.words('exits-at'),
    head: values.string('head'),
    keepClassifier: values.boolean('keep-classifier') === true,
    size: isSized ? { height: values.number('height'), width: values.number('width') } : undefined,
    fineTune:
      values.boolean('fine-tune') === true
        ? {
            learningRate: values.number('fine-tune-rate'),
            epochs: values.number('fine-tune-epochs'),
          }
        : undefined,
    pixels: values.string('backbone-pixels'),
  }
}

/** What of the flags does not go together, a sentence each. */
export function backboneProblems(values: Values<'train'>): string[] {
  if (values.string('backbone') === undefined) {
    return dependent
      .filter((name) => values.isGiven(name))
      .map((name) => `Expected --backbone with ${values.sourceOf(name)}, got none`)
  }
  const untuned = values.boolean('fine-tune') === true ? [] : tuning
  return [
    ...others
      .filter((name) => values.isGiven(name))
      .map((name) => `Expected --backbone without ${values.sourceOf(name)}, got both`),
    ...untuned
      .filter((name) => values.isGiven(name))
      .map((name) => `Expected --fine-tune with ${values.sourceOf(name)}, got none`),
    ...(values.number('fine-tune-rate') > 0
      ? []
      : [`Expected ${values.sourceOf('fine-tune-rate')} to be above 0, got 0`]),
  ]
}

/** Heads take epochs by the dozen: each is a second. */
export function withHeadEpochs(options: TrainOptions, values: Values<'train'>): TrainOptions {
  return values.isGiven('epochs') ? options : { ...options, epochs: headEpochs }
}

/** The tensors that a backbone can be cut at, those that are proposed marked: for people, and for programs. */
export async function listExits(
  choice: BackboneChoice,
): Promise<{ readonly text: string; readonly document: CutsDocument }> {
  const { backbone, labels = [] } = await openChosen(choice)
  const chosen = placeExits(backbone, { ...choice, keepClassifier: false }, labels, undefined)
  const tierOf = new Map(chosen.map(({ cut, name }) => [cut.name, name]))
  const rows = backbone.cuts.map((cut) => [
    cut.name,
    cut.shape.join('x'),
    (cut.bytes / 1000).toFixed(1),
    describePercent(cut.multiplyAdds / Math.max(1, backbone.multiplyAdds)),
    tierOf.get(cut.name) ?? '',
  ])
  const header = ['Tensor', 'Shape', 'kB', 'Compute to here', 'Exit of']
  const text = `${textTable({ header, rows })}\n${summaryOf(backbone, chosen)}\n`
  const { format, multiplyAdds } = backbone
  const cuts = backbone.cuts.map(({ name, shape, bytes, multiplyAdds: toHere }) => ({
    ...{ name, shape: [...shape], bytes, multiplyAdds: toHere },
    exitOf: tierOf.get(name) ?? null,
  }))
  return { text, document: { format, multiplyAdds, cuts } }
}

function summaryOf(
  { format, multiplyAdds }: Backbone,
  chosen: readonly { readonly cut: { readonly name: string } }[],
): string {
  const millions = (multiplyAdds / 1e6).toFixed(1)
  const names = chosen.slice(0, -1).map(({ cut }) => cut.name)
  const taken = names.length === 0 ? 'no exit but the last' : `--exits-at ${names.join(' ')}`
  return `${format}, ${millions} million multiply-adds; taken: ${taken}, and the last at '${chosen.at(-1)?.cut.name}'`
}
