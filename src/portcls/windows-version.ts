/**
 * The Windows that a machine stands for: what the DDI declares as newer is not there. A driver's
 * QueryInterface finds no such interface, PortCls asks its objects for none, and there is no port
 * of a newer class. Source: the Requirements section of each page.
 */
import type { Guid } from '../base/guid.ts';
import type { InterfaceId, Since } from './ddi/declare.ts';
import { CLSID_PortWaveRT } from './ddi/functions.ts';

const OLDEST_FIRST: readonly Since[] = [
  'win98',
  'win2000',
  'xp',
  'vista',
  'win7',
  'win8',
  'win8.1',
  'win10',
];

/** IPortWaveRT has no method of its own that could say so. */
const CLASS_SINCE = new Map<Guid, Since>([[CLSID_PortWaveRT, 'vista']]);

/** The newest, which has everything. */
export const LATEST_WINDOWS: Since = 'win10';

export const hasSince = (windows: Since, since: Since): boolean =>
  OLDEST_FIRST.indexOf(since) <= OLDEST_FIRST.indexOf(windows);

/** An interface is as old as the first of the methods that it adds to its base. */
export function hasInterface(windows: Since, iid: InterfaceId<unknown>): boolean {
  const own = iid.slots.slice(iid.base?.slots.length ?? 0);
  return own.length === 0 || own.some(({ declaration }) => hasSince(windows, declaration.since));
}

export const hasPortClass = (windows: Since, classId: Guid): boolean =>
  hasSince(windows, CLASS_SINCE.get(classId) ?? 'win98');
