// Names of what is added to a network, which tells its tensors and layers apart by them.

/** `wanted`, or with the first number behind it that nobody has: 'image', 'image_1'. */
export function freeName(wanted: string, isTaken: (name: string) => boolean): string {
  let name = wanted
  for (let k = 1; isTaken(name); k++) name = `${wanted}_${k}`
  return name
}
