// The flags of `plan`, checked together.
import { availableParallelism } from 'node:os'
import { nameOfForm, type TimedForm } from '../lab/bench/image-costs.ts'
import type { LabelledInput } from '../lab/evaluation/labelled.ts'
import type { ScoresOptions } from '../compose/scores.ts'
import type { ConfidenceName } from '../domain/confidence.ts'
import { featureForms } from '../domain/feature-codec.ts'
import { readLinkProfile } from '../lab/links/profile-file.ts'
import { placesOf, type LinkProfile } from '../lab/links/profile.ts'
import { parseLatencyGoal, type LatencyGoal } from '../lab/plan/latency-goal.ts'
import type { Demand, Place } from '../lab/plan/plan.ts'
import type { SettingsOptions } from '../lab/plan/settings.ts'
import { imageCodecs } from '../serving/wire/wire.ts'
import type { Values } from './flag-types.ts'
import { readLabelled } from './read-labelled.ts'
import { readSentForms } from './read-sent-form.ts'
import { readEngine } from './read-parts.ts'

export interface PlanConfig {
  readonly scores: ScoresOptions
  readonly forms: readonly TimedForm[]
  readonly settings: SettingsOptions
  readonly links: LinkProfile
  readonly places: readonly Place[]
  /** 0 to 1. */
  readonly maxLoss: number
  readonly goal: LatencyGoal | undefined
  readonly demand: Demand | undefined
  readonly hopMs: number | undefined
  readonly benchFile: string | undefined
  readonly isApplied: boolean
  readonly isChecked: boolean
  readonly output: string | undefined
  /** Flags of the device that name its images. */
  readonly inputFlags: readonly string[]
}

/** Problems are added to the list, and the result is of no use then. @throws DDNN_CONFIG_INVALID of the links. */
export function readPlanConfig(values: Values<'plan'>, problems: string[]): PlanConfig {
  const models = values.list('models')
  const links = readLinkProfile(values.string('link-profile'), values.string('links'))
  if (values.isGiven('hop-ms') && values.isGiven('bench')) {
    problems.push('Expected --hop-ms or --bench, got both')
  }
  const input = readInput(values, problems)
  return {
    scores: {
      models,
      input,
      limit: values.number('limit'),
      engine: readEngine(values, 0, problems),
      featureCodec: 'float32',
      compare: featureForms.filter((form) => form !== 'float32'),
      // About as long as an image is elsewhere.
      pauseMs: 20,
      timeBatches: true,
    },
    forms: readForms(values, problems),
    settings: {
      criteria: readCriteria(values.string('criterion')),
      memory: values.string('exit-memory'),
      split: values.number('fit-share'),
      seed: values.number('seed'),
    },
    links,
    places: readPlaces(values, links, problems),
    maxLoss: values.number('max-accuracy-loss') / 100,
    goal: readGoal(values.string('latency-goal'), problems),
    demand: readDemand(values, problems),
    hopMs: values.number('hop-ms'),
    benchFile: values.string('bench'),
    isApplied: values.boolean('apply') === true,
    isChecked: values.boolean('check') === true,
    output: values.string('output'),
    inputFlags:
      input.kind === 'cifar10'
        ? ['--cifar10']
        : ['-i', 'IMAGES', '-l', input.labelsFile ?? 'LABELS'],
  }
}

function readInput(values: Values<'plan'>, problems: string[]): LabelledInput {
  const isCifar10 = values.boolean('cifar10') === true
  if (isCifar10 === (values.string('input') !== undefined)) {
    const got = isCifar10 ? 'both' : 'neither'
    problems.push(`Expected --input (images, DIR/LABEL/*.jpg) or --cifar10, got ${got}`)
  }
  return readLabelled(values, problems)
}

/** All criteria of one scale for `best`. */
function readCriteria(name: ConfidenceName | 'best'): readonly ConfidenceName[] {
  return name === 'best' ? ['softmax', 'entropy', 'margin'] : [name]
}

function readForms(values: Values<'plan'>, problems: string[]): readonly TimedForm[] {
  const forms = readSentForms(
    'image-forms',
    values.words('image-forms'),
    ['uint8', ...imageCodecs],
    problems,
  )
  if (values.words('image-forms').length === 0) {
    problems.push('Expected a form in --image-forms, got none')
  }
  // The same form twice would be two columns of the same.
  return [...new Map(forms.map((form) => [nameOfForm(form), form])).values()]
}

function readGoal(text: string | undefined, problems: string[]): LatencyGoal | undefined {
  const goal = text === undefined ? undefined : parseLatencyGoal(text)
  if (text !== undefined && goal === undefined) {
    problems.push(
      `Expected --latency-goal to be as mean<=80ms or p95<=150ms, got '${text}'; quote it, for the shell takes < for itself`,
    )
  }
  return goal
}

function readPlaces(
  values: Values<'plan'>,
  links: LinkProfile,
  problems: string[],
): readonly Place[] {
  const names = placesOf(links)
  const [device = ''] = names
  const speeds = readNumbers('speed', values, names, problems)
  const cores = readNumbers('cores', values, names, problems)
  const given = values.words('places')
  for (const name of given.filter((one) => !names.includes(one))) {
    problems.push(`Expected --places to be of ${names.join(', ')}, got '${name}'`)
  }
  const hosts =
    given.length > 0 ? given : names.filter((name) => name !== device || speeds.has(name))
  return names.map((name) => ({
    name,
    speed: speeds.get(name) ?? 1,
    cores: cores.get(name) ?? availableParallelism(),
    isHost: hosts.includes(name),
  }))
}

/** 'edge=0.25' of --speed and --cores. */
function readNumbers(
  flag: 'speed' | 'cores',
  values: Values<'plan'>,
  names: readonly string[],
  problems: string[],
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const word of values.words(flag)) {
    const [name = '', text = ''] = word.split('=')
    const number = Number(text)
    if (names.includes(name) && text !== '' && number > 0 && Number.isFinite(number)) {
      found.set(name, number)
    } else {
      problems.push(
        `Expected --${flag} to be PLACE=NUMBER above 0, of ${names.join(', ')}, got '${word}'`,
      )
    }
  }
  return found
}

function readDemand(values: Values<'plan'>, problems: string[]): Demand | undefined {
  const rate = values.number('rate')
  if (rate === undefined) {
    for (const flag of (['devices', 'utilisation', 'max-replicas'] as const).filter((f) =>
      values.isTyped(f),
    )) {
      problems.push(`Expected --rate with --${flag}: without it one image is alone`)
    }
    return undefined
  }
  return {
    rate,
    devices: values.number('devices'),
    utilisation: values.number('utilisation'),
    maxReplicas: values.number('max-replicas'),
  }
}
