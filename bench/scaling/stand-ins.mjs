// Models that take a fixed time: written for a run, a folder a tier.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of images and of features alike, so that a chain has as many tiers as are asked for. */
export const shapeOf = (side) => [side, side, 3]

/** Path of a new folder. @param {{ side: number, passMs?: number, sampleMs?: number, isLast: boolean }} options */
export function writeStandIn(root, name, { side, passMs = 0, sampleMs = 0, isLast }) {
  const folder = join(root, name)
  mkdirSync(folder, { recursive: true })
  const features = isLast ? null : shapeOf(side)
  const model = { format: 1, passMs, sampleMs, input: shapeOf(side), features, exits: [5] }
  writeFileSync(join(folder, 'fixed-time.json'), JSON.stringify(model))
  return folder
}
