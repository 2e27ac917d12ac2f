// Python for users who hold a Keras file: how it becomes a SavedModel that answers as Keras does in inference.

/**
 * One line of Python. `training=False` is said since export() alone leaves RandomFlip and its like drawing for
 * every image that is served (measured, Keras 3.15).
 * @param className of a layer that it is about; Keras reads those with code of the user's own only when told.
 */
export function pythonExport(file: string, folder: string, className?: string): string {
  const trust = className === 'Lambda' ? ', safe_mode=False' : ''
  return `m = keras.models.load_model('${file}', compile=False${trust}); keras.Model(m.inputs, m(*m.inputs, training=False)).export('${folder}')`
}
