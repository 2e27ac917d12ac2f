// Model folders with an ONNX file: which one it is, and whether it can be one. Its weights may lie in files
// beside it; onnxruntime finds them by its path, and names those that are missing.
import { readdir, open } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { ModelError } from '../errors.ts'

/** Names of the ONNX files among these, sorted; hidden ones are what macOS and editors leave. */
export function onnxFilesIn(names: readonly string[]): readonly string[] {
  const seen = names.filter((name) => !name.startsWith('.'))
  return seen.filter((name) => extname(name).toLowerCase() === '.onnx').sort()
}

/**
 * Path of a folder's one ONNX file.
 * @throws DDNN_MODEL_MISSING when there is none, or more than one.
 */
export async function onnxFileOf(folder: string): Promise<string> {
  const files = onnxFilesIn(await readdir(folder))
  const [file] = files
  if (file !== undefined && files.length === 1) return join(folder, file)
  const got = files.length === 0 ? 'none' : files.join(', ')
  throw new ModelError('DDNN_MODEL_MISSING', `Expected one .onnx file in '${folder}', got ${got}`, {
    hint: 'Give each submodel a folder of its own: edge/edge.onnx, fog/fog.onnx',
  })
}

/**
 * Checks that the file is not empty and no pointer to one, without loading it.
 * @throws DDNN_MODEL_DAMAGED, naming the file.
 */
export async function checkOnnxFile(folder: string): Promise<void> {
  const file = await onnxFileOf(folder)
  const begin = await readBegin(file, 40)
  if (begin.length === 0) {
    throw new ModelError('DDNN_MODEL_DAMAGED', `Expected a model in '${file}', got 0 bytes`, {
      hint: 'Copy the file again, or export the model again; see docs/models.md',
    })
  }
  if (!begin.startsWith('version https://git-lfs')) return
  throw new ModelError('DDNN_MODEL_DAMAGED', `Expected '${file}' whole, got a Git LFS pointer`, {
    hint: 'Fetch the file itself: `git lfs pull` in its repository',
  })
}

async function readBegin(file: string, length: number): Promise<string> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
