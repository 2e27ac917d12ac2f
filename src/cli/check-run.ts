// What flags of `run` contradict, a sentence each.
import { imageCodecs } from '../serving/wire/wire.ts'
import type { Values } from './flag-types.ts'

/** Adds what is wrong, whatever the role. */
export function checkRun(values: Values<'run'>, problems: string[]): void {
  checkSend(values, problems)
  checkCifar10(values, problems)
}

function checkSend(values: Values<'run'>, problems: string[]): void {
  const send = values.string('send')
  const isOwn = values.isGiven('preprocess')
  const isFile = (imageCodecs as readonly (string | undefined)[]).includes(send)
  const quality = values.number('send-quality')
  if (isFile && isOwn) {
    problems.push(
      `Expected --send uint8 or float32 with --preprocess, got ${send}: its values are no image`,
    )
  } else if (send === 'jpeg' && quality === undefined && values.boolean('cifar10') === true) {
    problems.push(
      'Expected --send-quality with --send jpeg of --cifar10: there is no file to send as it is',
    )
  }
  if (quality !== undefined && !isFile && values.isTyped('send-quality')) {
    problems.push(
      `Expected --send ${imageCodecs.join(', ')} with --send-quality, got ${send ?? 'no --send'}`,
    )
  }
  if (send !== undefined && send !== 'float32' && values.string('wire-front') === 'json') {
    problems.push(`Expected --send float32 with --wire-front json, got ${send}`)
  }
}

/** Of what has samples. Rows are told apart by their File, and other reports cannot be gone on with. */
export function checkResume(values: Values<'run'>, problems: string[]): void {
  if (values.boolean('resume') !== true) return
  if (values.string('csv') === 'original') {
    problems.push('Expected --csv full with --resume, which knows rows by their File, got original')
  }
  for (const flag of ['html', 'report-module'] as const) {
    if (values.isGiven(flag)) {
      problems.push(`Expected no --${flag} with --resume: it would show the rest of the run alone`)
    }
  }
}

function checkCifar10(values: Values<'run'>, problems: string[]): void {
  if (values.boolean('cifar10') !== true) return
  if (values.isGiven('preprocess')) {
    problems.push(
      'Expected no --preprocess with --cifar10, whose images are 32 x 32 pixels already',
    )
  }
  for (const flag of ['height', 'width'] as const) {
    const given = values.number(flag)
    if (given !== undefined && given !== 32) {
      problems.push(`Expected --${flag} 32 with --cifar10, got ${given}`)
    }
  }
}

/** An original tells nothing of itself, and is not asked. */
export function checkJsonFront(
  values: Values<'run'>,
  isGateway: boolean,
  problems: string[],
): void {
  const isAlone = values.list('models').length === 0
  if (isGateway && isAlone) {
    problems.push(
      'Expected --wire-front binary without --models, got json: a gateway asks what is in front, which an original cannot tell',
    )
  }
  if (isAlone && values.isGiven('input') && !values.isGiven('labels')) {
    problems.push(
      'Expected --labels with --input and --wire-front json: an original does not tell its labels',
    )
  }
  const codec = values.string('feature-codec')
  if (codec !== undefined && codec !== 'float32') {
    problems.push(
      `Expected --feature-codec float32 with --wire-front json, whose numbers are all there is, got ${codec}`,
    )
  }
  const inFlight = values.number('max-in-flight')
  if (isAlone && inFlight !== undefined && inFlight > 1) {
    problems.push(
      `Expected --max-in-flight 1 with --wire-front json, got ${inFlight}: an original answers one request at a time, without saying which`,
    )
  }
}
