// What exits of tiers behind said of a sample, in the header of a request with features:
//
//   "memory": ["qrl4wKKVjL0...", null, "..."]
//
// by place of the exit in the family: log-probabilities, float32 little-endian in base64, null where nothing is known.
import {
  areLogProbabilities,
  canTravel,
  mostExits,
  mostRemembered,
  type Remembered,
} from '../../domain/exit-memory.ts'
import { FrameError, type ErrorCode } from '../../errors.ts'
import { toLittleEndian } from './slot.ts'

/** Undefined where nothing is known of any exit. @throws DDNN_FRAME_VALUE, DDNN_FRAME_TOO_LARGE */
export function packRemembered(
  remembered: Remembered | undefined,
): readonly (string | null)[] | undefined {
  if (remembered?.some((logs) => logs !== undefined) !== true) return undefined
  checkRemembered(remembered)
  return Array.from(remembered, (logs) =>
    logs === undefined ? null : Buffer.from(toLittleEndian(logs)).toString('base64'),
  )
}

/** What it adds to a header, bytes. @throws as `packRemembered` */
export function rememberedBytes(remembered: Remembered | undefined): number {
  const memory = packRemembered(remembered)
  // Without braces, and with a comma.
  return memory === undefined ? 0 : JSON.stringify({ memory }).length - 1
}

/**
 * Undefined where the key is left out.
 * @throws DDNN_FRAME_MALFORMED for what is no list of such texts, DDNN_FRAME_VALUE for values that are not finite or above 0,
 * DDNN_FRAME_TOO_LARGE for too many.
 */
export function unpackRemembered(value: unknown): Remembered | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) return fail('DDNN_FRAME_MALFORMED', 'a list as memory', value)
  if (value.length > mostExits) return fail('DDNN_FRAME_TOO_LARGE', mostOfAll, value.length)
  const remembered = value.map((text: unknown) => (text === null ? undefined : floatsOf(text)))
  checkRemembered(remembered)
  return remembered
}

/** The text's length is looked at before anything is made of it. */
function floatsOf(text: unknown): Float32Array {
  if (typeof text !== 'string') return fail('DDNN_FRAME_MALFORMED', 'memory as base64', text)
  if (text.length > mostCharacters) {
    return fail('DDNN_FRAME_TOO_LARGE', mostOfAll, `${text.length} characters`)
  }
  if (!base64.test(text)) return fail('DDNN_FRAME_MALFORMED', 'memory as base64', text)
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === 0 || bytes.length % 4 !== 0) {
    return fail('DDNN_FRAME_MALFORMED', 'memory of float32, four bytes each', bytes.length)
  }
  const floats = new Float32Array(bytes.length / 4)
  for (const i of floats.keys()) floats[i] = bytes.readFloatLE(4 * i)
  return floats
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const mostCharacters = 4 * Math.ceil((4 * mostRemembered) / 3)
const mostOfAll = `memory of at most ${mostExits} exits and ${mostRemembered} values`

function checkRemembered(remembered: Remembered): void {
  if (!canTravel(remembered)) fail('DDNN_FRAME_TOO_LARGE', mostOfAll, 'more')
  for (const [exit, logs] of remembered.entries()) {
    if (logs !== undefined && !areLogProbabilities(logs)) {
      fail(
        'DDNN_FRAME_VALUE',
        `log-probabilities as memory of exit ${exit}`,
        Array.from(logs, String),
      )
    }
  }
}

function fail(code: ErrorCode, expected: string, got: unknown): never {
  const shown = (JSON.stringify(got) ?? 'nothing').slice(0, 80)
  throw new FrameError(code, `Expected ${expected}, got ${shown}`)
}
