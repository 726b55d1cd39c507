/** WASAPI and the MMDevice API as an application on the machine sees them. */
export * from './constants.ts';
export * from './hresult.ts';
export type * from './interfaces.ts';
export { createDeviceEnumerator } from './mm-device.ts';
