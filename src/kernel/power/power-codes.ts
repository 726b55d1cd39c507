/**
 * IRP_MN_* codes of IRP_MJ_POWER and the power states, as wdm.h gives them. POWER_STATE is a union
 * of SYSTEM_POWER_STATE and DEVICE_POWER_STATE, four bytes wide; which of the two it is stands in
 * POWER_STATE_TYPE beside it.
 */

export const IRP_MN_WAIT_WAKE = 0x00;
export const IRP_MN_POWER_SEQUENCE = 0x01;
export const IRP_MN_SET_POWER = 0x02;
export const IRP_MN_QUERY_POWER = 0x03;

/** POWER_STATE_TYPE. */
export const SystemPowerState = 0;
export const DevicePowerState = 1;
export type POWER_STATE_TYPE = typeof SystemPowerState | typeof DevicePowerState;

/** S0, the working state. */
export const PowerSystemWorking = 1;
/** S1 to S3. */
export const PowerSystemSleeping1 = 2;
export const PowerSystemSleeping2 = 3;
export const PowerSystemSleeping3 = 4;
/** S4. */
export const PowerSystemHibernate = 5;
/** S5. */
export const PowerSystemShutdown = 6;
/** How many entries a map from system states has; entry 0 is of no state. */
export const POWER_SYSTEM_MAXIMUM = 7;
export type SYSTEM_POWER_STATE = 1 | 2 | 3 | 4 | 5 | 6;

export const PowerDeviceUnspecified = 0;
export const PowerDeviceD0 = 1;
export const PowerDeviceD1 = 2;
export const PowerDeviceD2 = 3;
export const PowerDeviceD3 = 4;
export type DEVICE_POWER_STATE = 0 | 1 | 2 | 3 | 4;

/** POWER_STATE: the union. */
export type POWER_STATE = number;

/** The members of DEVICE_CAPABILITIES that tell of power. */
export interface DeviceCapabilities {
  /** DeviceState: by system state, the highest state that the device can have in it. */
  readonly deviceState: DEVICE_POWER_STATE[];
  deviceD1: boolean;
  deviceD2: boolean;
  /** Latencies of the way back to D0, in units of 100 us. */
  d1Latency: number;
  d2Latency: number;
  d3Latency: number;
}

/** What a bus says of a device that knows D0 and D3: it sleeps when the system does. */
export function defaultCapabilities(): DeviceCapabilities {
  const deviceState = new Array<DEVICE_POWER_STATE>(POWER_SYSTEM_MAXIMUM).fill(PowerDeviceD3);
  deviceState[0] = PowerDeviceUnspecified;
  deviceState[PowerSystemWorking] = PowerDeviceD0;
  return {
    deviceState,
    deviceD1: false,
    deviceD2: false,
    d1Latency: 0,
    d2Latency: 0,
    d3Latency: 0,
  };
}

/** Parameters.DeviceCapabilities of IRP_MN_QUERY_CAPABILITIES. */
export interface QueryCapabilitiesParameters {
  readonly capabilities: DeviceCapabilities;
}

/** Parameters.Power of IRP_MN_SET_POWER and IRP_MN_QUERY_POWER. */
export interface PowerParameters {
  readonly type: POWER_STATE_TYPE;
  readonly state: POWER_STATE;
}

/** `D3`, for traces and reports. */
export const devicePowerName = (state: number): string =>
  state === PowerDeviceUnspecified ? 'unspecified' : `D${state - PowerDeviceD0}`;
export const systemPowerName = (state: number): string => `S${state - PowerSystemWorking}`;
