// Writes a folder of images, DIR/LABEL/*.jpg or *.png, as one batch in CIFAR-10's binary layout:
//   node docs/examples/write-cifar10-batch.js DIR OUT/test_batch.bin
// Images are resized to 32 x 32. batches.meta.txt, written beside the batch, holds the labels in order.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import sharp from 'sharp'

const [folder, batch] = process.argv.slice(2)
if (folder === undefined || batch === undefined) {
  console.error('usage: write-cifar10-batch.js DIR OUT/test_batch.bin')
  process.exit(2)
}

const side = 32
const isFolder = (entry) => entry.isDirectory()
const labels = readdirSync(folder, { withFileTypes: true })
  .filter(isFolder)
  .map(({ name }) => name)
  .sort()

const records = []
for (const [label, name] of labels.entries()) {
  for (const file of readdirSync(join(folder, name)).sort()) {
    const pixels = await sharp(join(folder, name, file))
      .resize(side, side, { fit: 'fill' })
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer()
    // RGBRGB... becomes a plane of each colour, behind the label's byte.
    const record = Buffer.alloc(1 + pixels.length)
    record[0] = label
    for (let at = 0; at < side * side; at++) {
      for (let colour = 0; colour < 3; colour++) {
        record[1 + colour * side * side + at] = pixels[3 * at + colour]
      }
    }
    records.push(record)
  }
}

mkdirSync(dirname(batch), { recursive: true })
writeFileSync(batch, Buffer.concat(records))
writeFileSync(join(dirname(batch), 'batches.meta.txt'), `${labels.join('\n')}\n`)
console.log(`${records.length} images of ${labels.length} labels -> ${batch}`)
