import { createHash } from 'node:crypto';

/**
 * First half of every trace id of a run (16 hex digits); the second half is the row's number in 16 hex digits. So a
 * report can name a request's trace without having recorded it.
 */
export const tracePrefix = (runId: string): string => createHash('sha256').update(runId).digest('hex').slice(0, 16);
