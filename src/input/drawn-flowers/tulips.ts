// The tulip, from the side.
import { css, hsl, linearGradient, num, path, shade, type Brush } from './svg.ts'

/** A cup from the side: two petals behind, two at the sides, one in front. */
export function tulips(brush: Brush): string {
  const { random } = brush
  const colour = random.pick([
    hsl(random.between(350, 365), 85, random.between(45, 52)),
    hsl(random.between(325, 345), 75, random.between(58, 72)),
    hsl(random.between(46, 54), 95, random.between(52, 60)),
    hsl(random.between(275, 300), 50, random.between(38, 55)),
    hsl(random.between(14, 26), 92, random.between(52, 58)),
    hsl(random.between(20, 60), 25, random.between(88, 94)),
  ])
  const open = random.between(0.85, 1.25)
  const w = (x: number): string => num(x * open)
  const [inside, insideFill] = linearGradient(brush, [
    [0, shade(colour, -4)],
    [1, shade(colour, -24)],
  ])
  const [outside, outsideFill] = linearGradient(brush, [
    [0, shade(colour, 12)],
    [0.55, colour],
    [1, random.chance(0.3) ? hsl(58, 70, 60) : shade(colour, -12)],
  ])
  const line = `stroke="${css(shade(colour, -26))}" stroke-width="1.6"`
  const behind = `fill="${insideFill}" ${line}`
  const front = `fill="${outsideFill}" ${line}`
  const side = (sign: number): string => {
    const x = (v: number): string => w(v * sign)
    return `M0 88C${x(62)} 84 ${x(78)} 20 ${x(56)} -84C${x(34)} -62 ${x(14)} -30 ${x(4)} 10Z`
  }
  return (
    inside +
    outside +
    path(
      `M${w(-8)} 40C${w(-50)} 0 ${w(-40)} -60 ${w(-22)} -92C${w(6)} -60 ${w(14)} -10 ${w(8)} 40Z`,
      behind,
    ) +
    path(
      `M${w(8)} 40C${w(50)} 0 ${w(42)} -60 ${w(24)} -94C${w(-6)} -60 ${w(-14)} -10 ${w(-8)} 40Z`,
      behind,
    ) +
    path(side(-1), front) +
    path(side(1), front) +
    path(`M0 90C${w(-46)} 78 ${w(-44)} 0 ${w(0)} -78C${w(44)} 0 ${w(46)} 78 0 90Z`, front) +
    path(`M0 70Q${w(-4)} 0 0 -56`, `fill="none" ${line} stroke-opacity="0.45"`) +
    path(`M${w(-14)} 62Q${w(-22)} 8 ${w(-8)} -40`, `fill="none" ${line} stroke-opacity="0.25"`) +
    path(`M${w(14)} 62Q${w(22)} 8 ${w(8)} -40`, `fill="none" ${line} stroke-opacity="0.25"`)
  )
}
