/**
 * Numbers of the I/O system as wdm.h and winnt.h give them: major function codes, device control
 * codes, access rights and IRP flags.
 */
export const IRP_MJ_CREATE = 0x00;
export const IRP_MJ_CLOSE = 0x02;
export const IRP_MJ_READ = 0x03;
export const IRP_MJ_WRITE = 0x04;
export const IRP_MJ_FLUSH_BUFFERS = 0x09;
export const IRP_MJ_DEVICE_CONTROL = 0x0e;
export const IRP_MJ_INTERNAL_DEVICE_CONTROL = 0x0f;
export const IRP_MJ_SHUTDOWN = 0x10;
export const IRP_MJ_CLEANUP = 0x12;
export const IRP_MJ_QUERY_SECURITY = 0x14;
export const IRP_MJ_SET_SECURITY = 0x15;
export const IRP_MJ_POWER = 0x16;
export const IRP_MJ_SYSTEM_CONTROL = 0x17;
export const IRP_MJ_PNP = 0x1b;
export const IRP_MJ_MAXIMUM_FUNCTION = 0x1b;

const majorNames: Readonly<Record<number, string>> = {
  [IRP_MJ_CREATE]: 'CREATE',
  [IRP_MJ_CLOSE]: 'CLOSE',
  [IRP_MJ_READ]: 'READ',
  [IRP_MJ_WRITE]: 'WRITE',
  [IRP_MJ_FLUSH_BUFFERS]: 'FLUSH_BUFFERS',
  [IRP_MJ_DEVICE_CONTROL]: 'DEVICE_CONTROL',
  [IRP_MJ_INTERNAL_DEVICE_CONTROL]: 'INTERNAL_DEVICE_CONTROL',
  [IRP_MJ_SHUTDOWN]: 'SHUTDOWN',
  [IRP_MJ_CLEANUP]: 'CLEANUP',
  [IRP_MJ_QUERY_SECURITY]: 'QUERY_SECURITY',
  [IRP_MJ_SET_SECURITY]: 'SET_SECURITY',
  [IRP_MJ_POWER]: 'POWER',
  [IRP_MJ_SYSTEM_CONTROL]: 'SYSTEM_CONTROL',
  [IRP_MJ_PNP]: 'PNP',
};

/** The name of a major function code without its prefix, or the code in hex. */
export function majorFunctionName(code: number): string {
  return majorNames[code] ?? `0x${code.toString(16)}`;
}

export const METHOD_BUFFERED = 0;
export const METHOD_IN_DIRECT = 1;
export const METHOD_OUT_DIRECT = 2;
export const METHOD_NEITHER = 3;

/** FILE_READ_DATA and FILE_WRITE_DATA, which are also the access bits of a control code. */
export const FILE_ANY_ACCESS = 0;
export const FILE_READ_ACCESS = 1;
export const FILE_WRITE_ACCESS = 2;

export const GENERIC_READ = 0x8000_0000;
export const GENERIC_WRITE = 0x4000_0000;
export const GENERIC_ALL = 0x1000_0000;

/** CTL_CODE: device type, function, method and access packed into a control code. */
export function CTL_CODE(
  deviceType: number,
  functionCode: number,
  method: number,
  access: number,
): number {
  return ((deviceType << 16) | (access << 14) | (functionCode << 2) | method) >>> 0;
}

/** The FILE_*_ACCESS bits that a desired access asks for, generic rights included. */
export function fileAccessOf(desiredAccess: number): number {
  let access = desiredAccess & (FILE_READ_ACCESS | FILE_WRITE_ACCESS);
  if ((desiredAccess & (GENERIC_READ | GENERIC_ALL)) !== 0) access |= FILE_READ_ACCESS;
  if ((desiredAccess & (GENERIC_WRITE | GENERIC_ALL)) !== 0) access |= FILE_WRITE_ACCESS;
  return access;
}

export const IRP_BUFFERED_IO = 0x10;
export const IRP_DEALLOCATE_BUFFER = 0x20;
export const IRP_INPUT_OPERATION = 0x40;

/** FILE_DEVICE_*: what kind of device an object is. */
export const FILE_DEVICE_SOUND = 0x1d;
export const FILE_DEVICE_UNKNOWN = 0x22;
export const FILE_DEVICE_BUS_EXTENDER = 0x2a;
export const FILE_DEVICE_KS = 0x2f;

/** DO_*: flags of a device object. */
export const DO_BUFFERED_IO = 0x04;
export const DO_DIRECT_IO = 0x10;
export const DO_DEVICE_INITIALIZING = 0x80;
export const DO_POWER_PAGABLE = 0x2000;
