// Where a backbone is cut and what is learned at each place.
import { ConfigError } from '../../../errors.ts'
import type { Backbone, BackboneCut } from '../../../model/backbone/backbone.ts'
import { proposeCuts } from '../../../model/backbone/propose-cuts.ts'
import type { BackboneChoice } from './choice.ts'

/** One exit of the family, in the order of the network. */
export interface ExitPlace {
  /** Folder of its piece. */
  readonly name: string
  /** What its features are averaged of; the last one's are not sent. */
  readonly cut: BackboneCut
  /** Whether the network's own classifier answers here, as it is. */
  readonly isOwn: boolean
}

/**
 * The exits of the family: those that were asked for, or proposed, and the last one.
 * @param labels of the images.
 * @param ownLabels of the network's manifest, where it has one.
 * @throws DDNN_CONFIG_INVALID when a tensor is none, or the own classifier cannot be kept.
 */
export function placeExits(
  backbone: Backbone,
  choice: Pick<BackboneChoice, 'exitsAt' | 'keepClassifier' | 'path'>,
  labels: readonly string[],
  ownLabels: readonly string[] | undefined,
): readonly ExitPlace[] {
  const isOwn = keepsClassifier(backbone, choice, labels, ownLabels)
  const last = isOwn ? backbone.cuts.at(-1) : cutNamed(backbone, backbone.lastFeatures)
  if (last === undefined) throw new Error('a backbone without cuts')
  const orderOf = ({ name }: BackboneCut) => backbone.cuts.findIndex((cut) => cut.name === name)
  const asked = choice.exitsAt.map((name) => backbone.cutAt(name))
  const found = asked.length > 0 ? asked : proposeCuts(backbone)
  const cuts = [...new Set(found)].sort((a, b) => orderOf(a) - orderOf(b))
  const late = cuts.find((cut) => orderOf(cut) >= orderOf(last))
  if (late !== undefined && asked.length > 0) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected exits before '${last.name}', where the last one is, got '${late.name}'`,
      { hint: 'Leave it out of --exits-at; --list-exits shows those before it' },
    )
  }
  const places = [...cuts.filter((cut) => orderOf(cut) < orderOf(last)), last]
  const names = pieceNames(places.length)
  return places.map((cut, i) => ({
    name: names[i] as string,
    cut,
    isOwn: isOwn && i === places.length - 1,
  }))
}

/** As tiers are called; more than three are numbered. */
function pieceNames(count: number): readonly string[] {
  if (count === 1) return ['cloud']
  if (count === 2) return ['edge', 'cloud']
  if (count === 3) return ['edge', 'fog', 'cloud']
  return Array.from({ length: count }, (_, i) => `part_${i + 1}`)
}

function keepsClassifier(
  { classes }: Backbone,
  { keepClassifier, path }: Pick<BackboneChoice, 'keepClassifier' | 'path'>,
  labels: readonly string[],
  ownLabels: readonly string[] | undefined,
): boolean {
  const isSame =
    ownLabels?.length === labels.length && ownLabels.every((label, i) => label === labels[i])
  if (!keepClassifier) return isSame && classes === labels.length
  if (classes !== labels.length) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected --keep-classifier with ${classes || 'as many'} labels, as '${path}' has classes, got ${labels.length}`,
      { hint: 'Leave --keep-classifier out: a new classifier is trained on the last features' },
    )
  }
  if (ownLabels !== undefined && !isSame) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected the labels ${ownLabels.join(', ')} for the classifier of '${path}', got ${labels.join(', ')}`,
      { hint: 'Name the folders of the photos as the labels are, or leave --keep-classifier out' },
    )
  }
  return true
}

function cutNamed({ cuts }: Backbone, name: string): BackboneCut | undefined {
  return cuts.find((cut) => cut.name === name)
}
