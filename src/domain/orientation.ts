// Whether a photo is turned as its file says: phones store what the sensor saw, and beside it how to hold it.

export const orientations = ['apply', 'ignore'] as const

/**
 * `apply` turns a photo upright, as every viewer does; `ignore` takes the rows as they are stored, as the original,
 * Pillow's `Image.open` and `tf.io.decode_jpeg` do.
 */
export type Orientation = (typeof orientations)[number]

/** Where neither user nor model says: photos of people are upright, and so were those of models trained before. */
export const defaultOrientation: Orientation = 'apply'
