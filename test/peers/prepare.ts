// Ten images of data/sample as a bench prepares them, and what a local run answers to each.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Inputs, InputImage } from '../../src/lab/bench/inputs/inputs.ts'
import type { ClientAnswer } from '../../src/lab/bench/driver/client.ts'
import { argmax } from '../../src/domain/confidence.ts'
import { createImageDecoder } from '../../src/input/decode.ts'
import { labels } from '../../src/input/drawn-flowers.ts'
import { models } from '../e2e/chain.ts'
import { runDevice } from '../e2e/peers.ts'
import { tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

export interface PeerInputs extends Inputs {
  /** DIR/LABEL/*.jpg. */
  readonly folder: string
}

const shape = [180, 180, 3] as const
/** Of each label: easy, and so hard that some leave late. */
const files = ['0000.jpg', '0008.jpg']

export async function preparePeers(): Promise<PeerInputs> {
  const folder = tempFolder()
  const decode = createImageDecoder()
  const images: InputImage[] = []
  const pixels: Uint8Array[] = []
  for (const [label, name] of labels.entries()) {
    mkdirSync(join(folder, name))
    for (const file of files) {
      const path = join(folder, name, file)
      symlinkSync(repoPath('data', 'sample', name, file), path)
      images.push({ file: path, label })
      pixels.push(await decode(readFileSync(path), shape[0], shape[1]))
    }
  }
  const pixelsFile = join(tempFolder(), 'pixels.bin')
  writeFileSync(pixelsFile, Buffer.concat(pixels))
  return { folder, labels, images, shape, pixelsFile }
}

/** In the order of the inputs. */
export async function localAnswers(
  folder: string,
  flags: readonly string[],
): Promise<readonly ClientAnswer[]> {
  const local = ['--models', ...['edge', 'fog', 'cloud'].map(models), ...flags]
  const answered = await runDevice(folder, local)
  const inOrder = answered.toSorted((a, b) => (a.file < b.file ? -1 : 1))
  return inOrder.map(({ hops }) => {
    const { tier, logits } = hops.at(-1) ?? assert.fail('no answer')
    return { exit: tier.replace('local_', ''), prediction: argmax(logits ?? []) }
  })
}
