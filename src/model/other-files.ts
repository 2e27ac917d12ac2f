// Models in one file of a form that is not run: how each becomes a folder that is. Told where such a file, or a
// folder with it, is given to --models.
import { basename, extname } from 'node:path'
import { pythonExport } from './keras/python-export.ts'

interface Kind {
  readonly isOne: (name: string, extension: string) => boolean
  /** @param target name of the folder that it is to become. */
  readonly hint: (name: string, target: string) => string
}

const kinds: readonly Kind[] = [
  {
    isOne: (name, extension) =>
      /\.weights\.h5$/i.test(name) || ['.index', '.ckpt'].includes(extension),
    hint: (name, target) =>
      `${name} holds weights alone. Build the network in Python as it was trained, load them (Keras: m.load_weights('${name}')), and export it: keras.Model(m.inputs, m(*m.inputs, training=False)).export('${target}'); of PyTorch see docs/onnx.md`,
  },
  {
    isOne: (_, extension) => ['.h5', '.hdf5', '.keras'].includes(extension),
    hint: (name, target) =>
      `${name} is a Keras file. Export it as a folder, in Python: ${pythonExport(name, target)}; see docs/models.md`,
  },
  {
    isOne: (_, extension) => ['.tflite', '.pbtxt'].includes(extension),
    hint: (name, target) =>
      `${name} cannot be run. Export the Keras model that it was made of, in Python: ${pythonExport('model.keras', target)}; see docs/models.md`,
  },
  {
    isOne: (name, extension) => extension === '.pb' && name !== 'saved_model.pb',
    hint: (name, target) =>
      `${name} is a graph alone, as TensorFlow 1 froze it. Export the network as a SavedModel, or convert it: python -m tf2onnx.convert --graphdef ${name} --inputs INPUT:0 --outputs OUTPUT:0 --output ${target}/model.onnx; see docs/onnx.md`,
  },
  {
    isOne: (_, extension) => ['.pt', '.pth', '.safetensors'].includes(extension),
    hint: (name, target) =>
      `${name} is a file of PyTorch. Export the network in Python: torch.onnx.export(model.eval(), example, '${target}/model.onnx', dynamo=True); see docs/onnx.md`,
  },
]

/** undefined where the file is no such model. */
export function hintForFile(file: string): string | undefined {
  const name = basename(file)
  const extension = extname(name).toLowerCase()
  const target = name.replace(/(\.weights)?\.\w+$/i, '')
  return kinds.find(({ isOne }) => isOne(name, extension))?.hint(name, target)
}
