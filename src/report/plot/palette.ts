// Colours of all charts: Okabe and Ito's eight, which stay apart for colour-blind readers
// (jfly.uni-koeln.de/color). Their yellow cannot be seen as a line on white; a grey stands for it.

export const palette = [
  '#0072b2', // blue
  '#e69f00', // orange
  '#009e73', // green
  '#cc79a7', // purple
  '#d55e00', // vermilion
  '#56b4e9', // sky
  '#000000',
  '#8c8c8c',
] as const

/** Colour of the thing at this place, the same in every chart: exits keep their order everywhere. */
export function colourOf(place: number): string {
  return palette[place % palette.length] as string
}

export const ink = '#222222'
export const softInk = '#555555'
export const gridInk = '#e3e3e3'

/** Behind every chart: an SVG is read on dark pages too. */
export const paper = '#ffffff'
