// JSON for programs that read stdout: text of other processes in it must not steer a terminal that shows it.

/** What JSON.stringify leaves as it is: DEL and C1, line separators, bidirectional overrides and isolates. */
const hidden = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** One document over several lines, a line feed at its end. NaN and infinity are null there. */
export function jsonText(document: unknown): string {
  return `${spelt(JSON.stringify(document, null, 2))}\n`
}

/** The same on one line, for a stream of them. */
export function jsonLine(object: unknown): string {
  return `${spelt(JSON.stringify(object))}\n`
}

/** The same value with such characters as escapes of JSON's. */
function spelt(json: string): string {
  return json.replace(
    hidden,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
