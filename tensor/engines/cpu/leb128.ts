/**
 * How WebAssembly writes numbers: integers in LEB128 (seven bits a byte, lowest first, the top bit says that more
 * follow), floating-point numbers as their bytes in memory. Core specification 2.0, sections 5.2.2 and 5.2.3.
 */

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? byte | 0x80 : byte);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
export function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const done = isLast(rest, byte);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
}

/** Signed LEB128 of a 64-bit integer. */
export function signedLeb64(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asIntN(64, value);
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = isLast(Number(rest), byte);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
}

/** Is the rest of an integer nothing but copies of the sign bit of this byte? */
const isLast = (rest: number, byte: number): boolean => rest === ((byte & 0x40) === 0 ? 0 : -1);

const scratch = new DataView(new ArrayBuffer(8));
const bytesOf = (count: number): number[] => Array.from({ length: count }, (_, k) => scratch.getUint8(k));

export function f32Bytes(value: number): number[] {
  scratch.setFloat32(0, value, true);
  return bytesOf(4);
}
export function f64Bytes(value: number): number[] {
  scratch.setFloat64(0, value, true);
  return bytesOf(8);
}
