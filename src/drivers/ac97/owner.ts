/** Who owns the driver's objects, in reports of leaks; and the service's name. */
export const OWNER = 'wpac97';
