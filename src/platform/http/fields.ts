import { z } from 'zod';

/** Text as PostgreSQL and UTF-8 can keep it: no NUL, no lone surrogate; both are refused by name. */
export const text = z.string().superRefine((value, context) => {
  if (value.includes('\0'))
    context.addIssue({ code: 'custom', message: 'contains a NUL character (U+0000)' });
  if (!value.isWellFormed())
    context.addIssue({ code: 'custom', message: 'contains half of a surrogate pair' });
});

/** A whole number as a person writes it: no sign, exponent or space. */
const digits = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'is not a whole number')
  .transform(Number);

/** 1 to 3650 days, as a query string gives it. */
export const days = digits.pipe(z.number().int().min(1).max(3650)).default(7);

/** Cursor and page size of a list; newest first. */
export const page = z.object({
  limit: digits.pipe(z.number().int().min(1).max(200)).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'is not a cursor that this API gave')
    .transform(Number)
    .optional(),
});

/** `info` of a list route. */
export function listOf(item: z.ZodType) {
  return z.object({ items: z.array(item), next_cursor: z.string().optional() });
}
