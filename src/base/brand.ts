/**
 * Branded numbers. A brand keeps nanoseconds, bytes and addresses apart where they cross a
 * boundary; inside one function plain arithmetic is fine, and the result is branded again by
 * the constructor of its unit.
 */
declare const brand: unique symbol;

export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Virtual time since the machine was switched on, in whole nanoseconds. */
export type Ns = Brand<number, 'Ns'>;
/** An address on the machine's bus, as a device sees it. */
export type PhysicalAddress = Brand<number, 'PhysicalAddress'>;
/** An address as the CPU sees it: an offset into the machine's RAM, or into its I/O window. */
export type VirtualAddress = Brand<number, 'VirtualAddress'>;

export const ns = (value: number): Ns => value as Ns;
/** Milliseconds as nanoseconds. */
export const ms = (value: number): Ns => Math.round(value * 1e6) as Ns;
/** Microseconds as nanoseconds. */
export const us = (value: number): Ns => Math.round(value * 1e3) as Ns;
/** Seconds as nanoseconds. */
export const seconds = (value: number): Ns => Math.round(value * 1e9) as Ns;
export const physical = (value: number): PhysicalAddress => value as PhysicalAddress;
export const virtual = (value: number): VirtualAddress => value as VirtualAddress;
