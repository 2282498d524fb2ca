/**
 * Many colours as few: similar ones become one, by median cut (Heckbert, "Color image quantization for frame buffer
 * display", SIGGRAPH 1982), but cut in the middle, so that rare colours do not go astray.
 */
/** Colours are numbers 0xRRGGBB: red, green and blue are their bits from these on. */
export const SHIFTS: readonly number[] = [16, 8, 0];
export const channel = (colour: number, shift: number): number => (colour >> shift) & 255;

/** How many pixels have a colour. */
export type Counts = ReadonlyMap<number, number>;

/** Similar colours that become one. */
class Box {
  readonly pixels: number;
  /** The channel in which the colours differ most, and its smallest and largest value. */
  readonly longest: { readonly shift: number; readonly low: number; readonly high: number };

  constructor(
    readonly colours: readonly number[],
    private readonly counts: Counts,
  ) {
    this.pixels = colours.reduce((sum, colour) => sum + counts.get(colour)!, 0);
    const sides = SHIFTS.map((shift) => {
      const values = colours.map((colour) => channel(colour, shift));
      return { shift, low: values.reduce((a, b) => Math.min(a, b)), high: values.reduce((a, b) => Math.max(a, b)) };
    });
    this.longest = sides.reduce((a, b) => (b.high - b.low > a.high - a.low ? b : a));
  }

  /** What cutting it is worth: errors are seen by their size, and less by how many pixels have them. */
  get worth(): number {
    return (this.longest.high - this.longest.low) * this.pixels ** 0.25;
  }

  /** Its halves below and above the middle of the longest side. */
  cut(): [Box, Box] {
    const { shift, low, high } = this.longest;
    const isLow = (colour: number) => 2 * channel(colour, shift) <= low + high;
    const isHigh = (colour: number) => !isLow(colour);
    return [new Box(this.colours.filter(isLow), this.counts), new Box(this.colours.filter(isHigh), this.counts)];
  }

  /** The colour of most of its pixels, so that areas of one colour keep it; without such a colour, their mean. */
  get colour(): number {
    const { colours, counts, pixels } = this;
    const main = colours.reduce((a, b) => (counts.get(b)! > counts.get(a)! ? b : a));
    if (2 * counts.get(main)! >= pixels) return main;
    const mean = (shift: number) => colours.reduce((sum, c) => sum + counts.get(c)! * channel(c, shift), 0) / pixels;
    return SHIFTS.reduce((colour, shift) => colour | (Math.round(mean(shift)) << shift), 0);
  }
}

/** A palette of at most `size` colours: boxes that hold all colours given. Whichever is worth most to cut is cut. */
export function medianCut(counts: Counts, size: number): Box[] {
  const boxes = [new Box([...counts.keys()], counts)];
  while (boxes.length < Math.min(size, counts.size)) {
    const k = boxes.reduce((best, box, at) => (box.worth > boxes[best].worth ? at : best), 0);
    const [low, high] = boxes[k].cut();
    boxes[k] = low;
    boxes.push(high);
  }
  return boxes;
}
