// A form that images are sent in, as flags write it: uint8, jpeg, jpeg:75.
import type { SendForm, SentForm } from '../serving/device/read-as.ts'

/** The forms of a list flag's words, of these; what is none of them is added to the problems. */
export function readSentForms<Send extends SendForm>(
  flag: string,
  words: readonly string[],
  known: readonly Send[],
  problems: string[],
): readonly SentForm<Send>[] {
  return words.flatMap((word) => {
    const [name = '', text] = word.split(':')
    const send = known.find((one) => one === name)
    const quality = text === undefined ? undefined : Number(text)
    if (send !== undefined && isQuality(send, quality)) return [{ send, quality }]
    problems.push(
      `Expected --${flag} to be ${known.join(', ')}, with a quality as in jpeg:75, got '${word}'`,
    )
    return []
  })
}

/** Pixels have none. */
function isQuality(send: SendForm, quality: number | undefined): boolean {
  if (quality === undefined) return true
  const isPixels = send === 'uint8' || send === 'float32'
  return !isPixels && Number.isInteger(quality) && quality >= 1 && quality <= 100
}
