/**
 * Who owns the driver's objects, in reports of what was left behind. It is the name of the driver's
 * service too, so that a report and the registry call it alike.
 */
export const OWNER = 'wphda';
