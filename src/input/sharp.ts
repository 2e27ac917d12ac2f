// sharp, loaded when it is first needed: its library takes 0.1 s of a start, and a tier that gets features never
// looks at an image.
import type sharp from 'sharp'

let loading: Promise<typeof sharp> | undefined

/** The one of this process. No image comes twice, so nothing is cached; one thread an image. */
export function loadSharp(): Promise<typeof sharp> {
  loading ??= import('sharp').then((module) => {
    module.default.cache(false)
    // Many images at once use the cores better than many threads on one.
    module.default.concurrency(1)
    return module.default
  })
  return loading
}
