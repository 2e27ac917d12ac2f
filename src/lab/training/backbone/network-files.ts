// The files that a network is made of, and they alone: what else lies beside them comes and goes while it is trained on.
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { locationOf, isExternal } from '../../../model/backbone/onnx/tensor-values.ts'
import { namesIn } from '../../../model/file-traits.ts'
import { readModelFolder } from '../../../model/folder.ts'
import { manifestFile } from '../../../model/manifest.ts'
import { onnxFileOf } from '../../../model/onnx-file.ts'
import { ProtoMessage } from '../../../model/proto-message.ts'
import { savedModelFile } from '../../../model/saved-model.ts'
import { modelFile, readModelJson } from '../../../model/weights.ts'

/**
 * Path, size and time of each; of one that is not there, as a manifest may be, its path alone.
 * @param path a model folder, or the file of one; it has been opened.
 */
export async function factsOfFiles(path: string): Promise<unknown> {
  const files = new Set(await networkFiles(resolve(path)))
  const rows = [...files].map(async (file) => {
    const stats = await stat(file).catch(() => undefined)
    return stats === undefined ? [file] : [file, stats.size, stats.mtimeMs]
  })
  return Promise.all(rows)
}

async function networkFiles(path: string): Promise<readonly string[]> {
  if (extname(path).toLowerCase() === '.onnx') return filesOfOnnx(path)
  const given = (await stat(path)).isFile() ? dirname(path) : path
  const [spec] = await readModelFolder(given)
  const { folder = given, format } = spec ?? {}
  const own = join(given, manifestFile)
  switch (format) {
    case 'onnx':
      return [own, ...(await filesOfOnnx(await onnxFileOf(folder)))]
    case 'saved-model': {
      // Those in its folders: weights and tables.
      const inner = ((await namesIn(folder)) ?? []).filter((name) => dirname(name) !== '.')
      const names = inner.filter((name) => !basename(name).startsWith('.'))
      return [own, ...[savedModelFile, ...names].map((name) => join(folder, name))]
    }
    case 'tfjs-layers':
    case 'tfjs-graph': {
      const { weightsManifest } = await readModelJson(folder)
      const names = weightsManifest.flatMap(({ paths }) => paths)
      return [own, ...[modelFile, ...names].map((name) => join(folder, name))]
    }
    case 'fixed-time':
    case undefined:
      return [own]
  }
}

/** The file, the manifest beside it, and the files that weights of its graph (7, of which they are field 5) lie in. */
async function filesOfOnnx(file: string): Promise<readonly string[]> {
  const graph = new ProtoMessage(await readFile(file)).message(7)
  const names = (graph?.messages(5) ?? []).filter(isExternal).map(locationOf)
  return [manifestFile, basename(file), ...names].map((name) => join(dirname(file), name))
}
