// Whether models may take the place of others in a running process: what was prepared for the first ones
// (links, their topics, devices and tiers behind) stays as it is. Pure.
import { describeShape, isSameShape } from '../../../domain/tensor.ts'
import type { FrameLimits } from '../../transport/transport.ts'
import type { Stage } from '../../engine/engine.ts'
import { ModelError } from '../../../errors.ts'
import { takesImages } from '../takes-images.ts'
import type { SpecsByFolder } from './model-source.ts'

/** As far as a replacement is looked at. */
interface Replaceable {
  readonly stages: readonly Pick<Stage, 'spec' | 'shapes'>[]
  readonly labels: readonly string[] | undefined
}

/** The links of the process, by what models ask of them; undefined where there is none. */
export interface PreparedLinks {
  readonly back: LinkNeeds | undefined
  readonly front: FrontNeeds | undefined
}

interface LinkNeeds {
  /** The largest requests and replies that a link of these models carries. */
  limits(stages: Replaceable['stages']): FrameLimits
}

interface FrontNeeds extends LinkNeeds {
  /** @throws DDNN_CONFIG_INVALID when features cannot be sent from here as the last manifest says. */
  assertCanSend(stages: Replaceable['stages']): void
}

/** What the links were prepared for, from the models of the start. */
export interface Prepared extends PreparedLinks {
  readonly backLimits: FrameLimits | undefined
  readonly frontLimits: FrameLimits | undefined
}

export function preparedFor(stages: Replaceable['stages'], links: PreparedLinks): Prepared {
  const { back, front } = links
  return { ...links, backLimits: back?.limits(stages), frontLimits: front?.limits(stages) }
}

/** All that the runtime sees of submodels: where it is the same, and the weights too, only rules differ. */
export function structureOf(byFolder: SpecsByFolder): string {
  const specs = byFolder.map((held) =>
    held.map((spec) => [
      [spec.folder, spec.format, spec.family, spec.place, spec.input, spec.features, spec.outputs],
      [spec.exits?.length, spec.labels, spec.preprocessing],
    ]),
  )
  return JSON.stringify(specs)
}

/**
 * @throws DDNN_LABELS_MISMATCH for other labels, DDNN_MODEL_CHAIN for what does not fit devices, tiers and links
 *   that stay, DDNN_MODEL_MISMATCH for models that cannot be told from those that they are to replace, and as
 *   `checkCodec`.
 */
export function checkReplacement(now: Replaceable, next: Replaceable, prepared: Prepared): void {
  checkLabels(now, next)
  checkInput(now, next)
  checkFeatures(now, next, prepared)
  checkLimits('back', prepared.backLimits, prepared.back?.limits(next.stages))
  checkLimits('front', prepared.frontLimits, prepared.front?.limits(next.stages))
  checkFamilies(now, next, prepared)
  checkCodec(next, prepared)
}

/** @throws DDNN_CONFIG_INVALID when this Node cannot send features as the manifest says. */
export function checkCodec({ stages }: Replaceable, { front }: PreparedLinks): void {
  front?.assertCanSend(stages)
}

const restart = 'Restart the process to serve them'

/** Devices hold their labels against the model's, and would stop. */
function checkLabels(now: Replaceable, next: Replaceable): void {
  const [labels, others] = [now.labels, next.labels]
  if (JSON.stringify(labels) !== JSON.stringify(others)) {
    throw new ModelError(
      'DDNN_LABELS_MISMATCH',
      `Expected labels ${labels?.join(', ') ?? 'in no manifest'}, as the models that are served have, got ${others?.join(', ') ?? 'none'}`,
      { hint: `${restart}, with its devices` },
    )
  }
  const [classes, other] = [classesOf(now), classesOf(next)]
  if (classes === undefined || other === undefined || classes === other) return
  throw new ModelError(
    'DDNN_LABELS_MISMATCH',
    `Expected exits of ${classes} classes, as the models that are served have, got ${other}`,
    { hint: `${restart}, with its devices` },
  )
}

function classesOf({ stages }: Replaceable): number | undefined {
  return stages.flatMap(({ shapes }) => shapes.exits)[0]
}

/** Images come in one size; features may have another shape in another family. */
function checkInput(now: Replaceable, next: Replaceable): void {
  const [first, other] = [now.stages[0], next.stages[0]]
  if (first === undefined || other === undefined) return
  if (takesImages(first) !== takesImages(other)) {
    const [expected, got] = takesImages(first) ? ['images', 'features'] : ['features', 'images']
    throw new ModelError(
      'DDNN_MODEL_CHAIN',
      `Expected '${other.spec.name}' to take ${expected}, as '${first.spec.name}' does, got one that takes ${got}`,
      { hint: 'Put the submodel of the same place of the network there' },
    )
  }
  const [input, otherInput] = [first.shapes.input, other.shapes.input]
  if (!takesImages(first) || isSameShape(input, otherInput)) return
  throw new ModelError(
    'DDNN_MODEL_CHAIN',
    `Expected images of ${describeShape(input)} for '${other.spec.name}', as devices send, got ${describeShape(otherInput)}`,
    { hint: restart },
  )
}

/** The front link is opened at the start, or never. */
function checkFeatures(now: Replaceable, next: Replaceable, { front }: Prepared): void {
  const [last, other] = [now.stages.at(-1), next.stages.at(-1)]
  if (front === undefined || last === undefined || other === undefined) return
  const [has, hasOther] = [givesFeatures(last), givesFeatures(other)]
  if (has === hasOther) return
  const [expected, got] = has ? ['features', 'none'] : ['no features', 'some']
  throw new ModelError(
    'DDNN_MODEL_CHAIN',
    `Expected '${other.spec.name}' to give ${expected} to the front, as '${last.spec.name}' does, got ${got}`,
    { hint: restart },
  )
}

function checkLimits(
  side: 'back' | 'front',
  most: FrameLimits | undefined,
  asked: FrameLimits | undefined,
): void {
  if (most === undefined || asked === undefined) return
  const of = { maxRequestBytes: 'requests', maxReplyBytes: 'replies' } as const
  for (const key of ['maxRequestBytes', 'maxReplyBytes'] as const) {
    if (asked[key] <= most[key]) continue
    throw new ModelError(
      'DDNN_MODEL_CHAIN',
      `Expected ${of[key]} of at most ${most[key]} bytes on the ${side} link, as its topics were checked for, got ${asked[key]}`,
      { hint: restart },
    )
  }
}

/** Features travel with the name of their family; without one they would go to whatever is newest. */
function checkFamilies(now: Replaceable, next: Replaceable, prepared: Prepared): void {
  const [first, last] = [next.stages[0], next.stages.at(-1)]
  if (first === undefined || last === undefined) return
  const come = prepared.back !== undefined && !takesImages(first)
  const go = prepared.front !== undefined && givesFeatures(last)
  if (!come && !go) return
  for (const { stages } of [next, now]) {
    if (stages.some(({ spec }) => spec.family !== undefined)) continue
    throw new ModelError(
      'DDNN_MODEL_MISMATCH',
      `Expected a family in the ddnn.json of '${stages[0]?.spec.folder}', by which features of old and new models are told apart, got none`,
      { hint: 'Write one into all folders of the network (docs/models.md), or restart its tiers' },
    )
  }
}

function givesFeatures({ shapes }: Replaceable['stages'][number]): boolean {
  return shapes.features !== null
}
