/**
 * Properties of devices and their interfaces in the unified model: a key is a GUID and a number,
 * a value has one of the types of devpropdef.h. Source: DEVPROPKEY, "Unified Device Property
 * Model".
 */
import type { Guid } from '../../base/guid.ts';

/** DEVPROPKEY. */
export interface DevicePropertyKey {
  readonly fmtid: Guid;
  readonly pid: number;
}

export type DEVPROPTYPE = number;
export const DEVPROP_TYPE_UINT32: DEVPROPTYPE = 0x07;
export const DEVPROP_TYPE_BINARY: DEVPROPTYPE = 0x1003;

export type LCID = number;
/** The property is of no language in particular. */
export const LOCALE_NEUTRAL: LCID = 0;
export const LOCALE_USER_DEFAULT: LCID = 0x400;
export const LOCALE_SYSTEM_DEFAULT: LCID = 0x800;

/** The value outlives the device's presence. */
export const PLUGPLAY_PROPERTY_PERSISTENT = 1;

export const isSameKey = (left: DevicePropertyKey, right: DevicePropertyKey): boolean =>
  left.fmtid.text === right.fmtid.text && left.pid === right.pid;
