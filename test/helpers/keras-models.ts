// The networks of test/e2e/peers/keras_models.py: written by Keras, once a process, in every form that
// a user may bring, with Keras' own answers beside them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tempFolder } from './cli.ts'
import { repoPath } from './paths.ts'
import { pythonFor, sitePackages } from './python-peer.ts'
import { pathToFileURL } from 'node:url'

/** What one submodel gives, a row a sample. */
export interface KerasStage {
  /** null where it gives none. */
  readonly features: readonly (readonly number[])[] | null
  readonly exits: readonly (readonly (readonly number[])[])[]
}

export interface KerasAnswers {
  readonly inputs: readonly (readonly number[])[]
  readonly stages: readonly KerasStage[]
}

export interface KerasModels {
  /** A folder FORM/NAME a model, images/LABEL/NN.png and labels.txt. */
  readonly folder: string
  /** `pixels`: the images as they are; `scaled`: times 1/255; `kafka-ml`: its own inputs in [0, 1]. */
  readonly answers: Readonly<Record<'pixels' | 'scaled' | 'kafka-ml', KerasAnswers>>
}

/**
 * Keras 2 and the converter without what they ask for: TensorFlow is in the other environment, and the
 * rest are gigabytes that nothing here runs.
 */
const packages = ['--no-deps', 'tensorflowjs==4.22.0', 'tf-keras==2.20.1']

export async function writeKerasModels(): Promise<KerasModels> {
  const url = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
  const { ensurePythonEnv } = (await import(url)) as {
    ensurePythonEnv: (packages: readonly string[]) => Promise<string>
  }
  const { python, env } = await pythonFor('tfjs_to_keras.py')
  const extra = await sitePackages(await ensurePythonEnv(packages))
  const folder = tempFolder()
  const script = repoPath('test', 'e2e', 'peers', 'keras_models.py')
  const child = spawn(python, [script, folder, repoPath('docs', 'examples', 'to_tfjs.py')], {
    env: { ...env, PYTHONPATH: extra },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`Expected keras_models.py to end well, got ${code}\n${stderr}`)
  const text = await readFile(join(folder, 'answers.json'), 'utf8')
  return { folder, answers: JSON.parse(text) as KerasModels['answers'] }
}
