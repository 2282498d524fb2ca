/**
 * The elementwise primitives by name. They list themselves here, so that their file exports functions only: all of those are
 * public, and are methods of tensors, without being named a second time.
 */
import type { Primitive } from '../primitive.ts';

export const listed: Record<string, Primitive> = {};
