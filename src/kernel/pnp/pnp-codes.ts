/** IRP_MN_* codes of IRP_MJ_PNP and the device property numbers, as wdm.h gives them. */

export const IRP_MN_START_DEVICE = 0x00;
export const IRP_MN_QUERY_REMOVE_DEVICE = 0x01;
export const IRP_MN_REMOVE_DEVICE = 0x02;
export const IRP_MN_CANCEL_REMOVE_DEVICE = 0x03;
export const IRP_MN_STOP_DEVICE = 0x04;
export const IRP_MN_QUERY_STOP_DEVICE = 0x05;
export const IRP_MN_CANCEL_STOP_DEVICE = 0x06;
export const IRP_MN_QUERY_DEVICE_RELATIONS = 0x07;
export const IRP_MN_QUERY_INTERFACE = 0x08;
export const IRP_MN_QUERY_CAPABILITIES = 0x09;
export const IRP_MN_QUERY_RESOURCES = 0x0a;
export const IRP_MN_QUERY_RESOURCE_REQUIREMENTS = 0x0b;
export const IRP_MN_QUERY_DEVICE_TEXT = 0x0c;
export const IRP_MN_FILTER_RESOURCE_REQUIREMENTS = 0x0d;
export const IRP_MN_QUERY_ID = 0x13;
export const IRP_MN_QUERY_PNP_DEVICE_STATE = 0x14;
export const IRP_MN_QUERY_BUS_INFORMATION = 0x15;
export const IRP_MN_DEVICE_USAGE_NOTIFICATION = 0x16;
export const IRP_MN_SURPRISE_REMOVAL = 0x17;

/** DEVICE_REGISTRY_PROPERTY. */
export const DevicePropertyDeviceDescription = 0x00;
export const DevicePropertyHardwareID = 0x01;
export const DevicePropertyCompatibleIDs = 0x02;
export const DevicePropertyClassName = 0x05;
export const DevicePropertyClassGuid = 0x06;
export const DevicePropertyDriverKeyName = 0x07;
export const DevicePropertyManufacturer = 0x08;
export const DevicePropertyFriendlyName = 0x09;
export const DevicePropertyLocationInformation = 0x0a;
export const DevicePropertyPhysicalDeviceObjectName = 0x0b;
export const DevicePropertyBusTypeGuid = 0x0c;
export const DevicePropertyLegacyBusType = 0x0d;
export const DevicePropertyBusNumber = 0x0e;
export const DevicePropertyEnumeratorName = 0x0f;
export const DevicePropertyAddress = 0x10;

/** Names of the minor codes that the PnP manager sends, without their prefix. */
export const pnpMinorNames: Readonly<Record<number, string>> = {
  [IRP_MN_START_DEVICE]: 'START_DEVICE',
  [IRP_MN_QUERY_REMOVE_DEVICE]: 'QUERY_REMOVE_DEVICE',
  [IRP_MN_REMOVE_DEVICE]: 'REMOVE_DEVICE',
  [IRP_MN_CANCEL_REMOVE_DEVICE]: 'CANCEL_REMOVE_DEVICE',
  [IRP_MN_STOP_DEVICE]: 'STOP_DEVICE',
  [IRP_MN_QUERY_STOP_DEVICE]: 'QUERY_STOP_DEVICE',
  [IRP_MN_CANCEL_STOP_DEVICE]: 'CANCEL_STOP_DEVICE',
  [IRP_MN_QUERY_CAPABILITIES]: 'QUERY_CAPABILITIES',
  [IRP_MN_SURPRISE_REMOVAL]: 'SURPRISE_REMOVAL',
};
