/** Every primitive that computes something, in one list. The generated tests go through it, checks of gradients among them. */
import type { Primitive } from '../primitive.ts';
import { customPrimitive } from './custom.ts';
import './elementwise.ts';
import { interpolatePrimitive, interpolateTransposedPrimitive } from './interpolate.ts';
import { matmulPrimitive, matmulTNPrimitive } from './linalg.ts';
import { listed } from './listed.ts';
import { broadcastPrimitive, padPrimitive, permutePrimitive, reshapePrimitive, slicePrimitive } from './movement.ts';
import { powerPrimitive } from './power.ts';
import { maxPrimitive, sumPrimitive } from './reduce.ts';
import { gatherPrimitive, segmentMaxPrimitive, segmentSumPrimitive } from './segment.ts';

export const primitives: readonly Primitive[] = [
  ...Object.values(listed),
  powerPrimitive,
  broadcastPrimitive,
  permutePrimitive,
  reshapePrimitive,
  slicePrimitive,
  padPrimitive,
  sumPrimitive,
  maxPrimitive,
  matmulPrimitive,
  matmulTNPrimitive,
  gatherPrimitive,
  segmentSumPrimitive,
  segmentMaxPrimitive,
  interpolatePrimitive,
  interpolateTransposedPrimitive,
  customPrimitive,
];
