/** What sessions missed of their own records, in words. */
import type { Told } from '../../told.ts';

/** Why no version could be compared, where that is so; with a leading blank. */
export const unreadWords = (told: Told): string => {
  const said = told.inWords('unread-version');
  return said === '' ? '' : ` Versions must be whole numbers; ${said}.`;
};
