/** Schemas of values in figures. */
import { z } from 'zod';

export const count = z.int().nonnegative();
export const maybe = z.number().nullable();
