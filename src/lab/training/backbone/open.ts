// A backbone with all that is said of it: its own manifest, the size and scale of its images. For training on it,
// and for looking at where exits can stand.
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openBackbone } from '../../../model/backbone/open-backbone.ts'
import type { Backbone } from '../../../model/backbone/backbone.ts'
import {
  isStagesManifest,
  manifestFile,
  parseFolderManifest,
  type FolderManifest,
} from '../../../model/manifest.ts'
import { describeOutputs } from '../../../serving/engine/open-probe.ts'
import type { BackboneChoice } from './choice.ts'
import { loadTfjsNode } from '../tfjs-node.ts'
import { inputOf, type BackboneInput } from './input.ts'

export interface OpenedBackbone {
  readonly backbone: Backbone
  readonly input: BackboneInput
  /** Of its classifier, where its manifest names them. */
  readonly labels: readonly string[] | undefined
}

/**
 * @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED when there is no network there that can be opened and run.
 * @throws DDNN_CONFIG_INVALID when it takes no images, or none of the size that was asked for.
 */
export async function openChosen(choice: BackboneChoice): Promise<OpenedBackbone> {
  const manifest = await readOwnManifest(choice.path)
  const { height, width } = choice.size ?? manifest?.preprocessing ?? {}
  const sides = height === undefined || width === undefined ? undefined : { height, width }
  const backbone = await openBackbone(choice.path, {
    describe: describeOutputs,
    loadTf: loadTfjsNode,
    sides,
  })
  return { backbone, input: inputOf(backbone, choice, manifest), labels: manifest?.labels }
}

/** Beside the model; undefined where there is none. */
async function readOwnManifest(path: string): Promise<FolderManifest | undefined> {
  const stats = await stat(path).catch(() => undefined)
  const file = join(stats?.isFile() === true ? dirname(path) : path, manifestFile)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const manifest = parseFolderManifest(text, file)
  return isStagesManifest(manifest) ? undefined : manifest
}
