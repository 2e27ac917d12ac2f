// The forms that an image may take on its way from the device.
import type { SentForm } from '../../../serving/device/read-as.ts'

/** Those of early exit: what a device sends by default, and the image's own file. */
export const earlyForms: readonly SentForm[] = [{ send: 'uint8' }, { send: 'jpeg' }]

/** Those of cloud-only, from the original's own down to the smallest that still answers as well. */
export const cloudForms: readonly SentForm[] = [
  { send: 'float32' },
  { send: 'uint8' },
  { send: 'jpeg' },
  { send: 'jpeg', quality: 75 },
  { send: 'webp', quality: 65 },
  { send: 'avif', quality: 50 },
]

/** 'uint8', 'jpeg', 'jpeg 75'. */
export function describeForm({ send, quality }: SentForm): string {
  return quality === undefined ? send : `${send} ${quality}`
}
