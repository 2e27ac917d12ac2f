// What to do about a first model that does not take the images that there are: by what it takes.
import { describeShape, sizeOf, type Shape } from './tensor.ts'

/** One or two sentences, for a hint; `input` is that of one sample, as the engine has it. */
export function howToFit(input: Shape): string {
  const [height = 0, width = 0, channels] = input
  const module = `a --preprocess module that gives ${describeShape(input)} (docs/modules.md)`
  if (input.length === 3 && channels === 3) {
    return `Pass --height ${height} --width ${width}, or models for this size`
  }
  if (input.length === 3 && channels === 1) {
    return `Pass ${module}, or leave input out of its ddnn.json: images of colours are then made gray`
  }
  if (input.length === 1) {
    const side = Math.sqrt(sizeOf(input) / 3)
    const shape = Number.isInteger(side) ? `${side}, ${side}, 3` : 'HEIGHT, WIDTH, 3'
    return `It takes a vector, no image: pass ${module}, or export it with its image in front, in Python: keras.Sequential([keras.Input((${shape})), keras.layers.Flatten(), model]).export('FOLDER')`
  }
  return `It takes no images: pass ${module}, or the folders of the whole chain to --models, the first submodel first`
}
