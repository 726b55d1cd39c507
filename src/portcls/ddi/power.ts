/**
 * Power interfaces: what an adapter registers to be led through power states, in its three
 * versions, what a miniport or a stream offers to be told, and what a port offers to adapters.
 * Source: portcls.h, IAdapterPowerManagement, IPowerNotify, IPortClsPower and their methods' pages.
 */
import type {
  DEVICE_POWER_STATE,
  DeviceCapabilities,
  POWER_STATE,
  SYSTEM_POWER_STATE,
} from '../../kernel/ddi/index.ts';
import {
  call,
  declareInterface,
  type InterfaceType,
  input,
  kind,
  outputStruct,
} from './declare.ts';
import { BOOLEAN, NTSTATUS, PDEVICE_OBJECT, PUNKNOWN, VOID } from './kinds.ts';
import { IID_IUnknown } from './unknown.ts';

/** How late the device may be back in D0. */
export const PcExitLatencyInstant = 0;
export const PcExitLatencyFast = 1;
export const PcExitLatencyResponsive = 2;
export type PC_EXIT_LATENCY = 0 | 1 | 2;

const POWER_STATE_KIND = kind<POWER_STATE>('POWER_STATE');
export const DEVICE_POWER_STATE_KIND = kind<DEVICE_POWER_STATE>('DEVICE_POWER_STATE');
const SYSTEM_POWER_STATE_KIND = kind<SYSTEM_POWER_STATE>('SYSTEM_POWER_STATE');
const PC_EXIT_LATENCY_KIND = kind<PC_EXIT_LATENCY>('PC_EXIT_LATENCY');
const PDEVICE_CAPABILITIES = kind<DeviceCapabilities>('PDEVICE_CAPABILITIES');

/** The methods of the first version, which the others repeat: they derive from IUnknown. */
const firstMethods = {
  powerChangeState: call(VOID, [input('NewState', POWER_STATE_KIND)]),
  queryPowerChangeState: call(NTSTATUS, [input('NewStateQuery', POWER_STATE_KIND)]),
  queryDeviceCapabilities: call(NTSTATUS, [outputStruct('PowerDeviceCaps', PDEVICE_CAPABILITIES)]),
} as const;

const secondMethods = {
  ...firstMethods,
  powerChangeState2: call(
    VOID,
    [
      input('NewDeviceState', DEVICE_POWER_STATE_KIND),
      input('NewSystemState', SYSTEM_POWER_STATE_KIND),
    ],
    { since: 'win7' },
  ),
} as const;

export const IID_IAdapterPowerManagement = declareInterface(
  'IAdapterPowerManagement',
  '{793417D0-35FE-11D1-AD08-00A0C90AB1B0}',
  IID_IUnknown,
  firstMethods,
);
export type IAdapterPowerManagement = InterfaceType<typeof IID_IAdapterPowerManagement>;

export const IID_IAdapterPowerManagement2 = declareInterface(
  'IAdapterPowerManagement2',
  '{E0F92E5D-67F5-48EE-B57A-7D1E90C5F43D}',
  IID_IUnknown,
  secondMethods,
);
export type IAdapterPowerManagement2 = InterfaceType<typeof IID_IAdapterPowerManagement2>;

export const IID_IAdapterPowerManagement3 = declareInterface(
  'IAdapterPowerManagement3',
  '{A8C7303E-F80C-4BC9-B2E3-FB2D08BE920F}',
  IID_IUnknown,
  {
    ...secondMethods,
    powerChangeState3: call(
      VOID,
      [
        input('NewDeviceState', DEVICE_POWER_STATE_KIND),
        input('NewSystemState', SYSTEM_POWER_STATE_KIND),
        input('D3ExitLatency', PC_EXIT_LATENCY_KIND),
      ],
      { since: 'win8' },
    ),
    d3ExitLatencyChanged: call(NTSTATUS, [input('NewLatency', PC_EXIT_LATENCY_KIND)], {
      since: 'win8',
    }),
  },
);
export type IAdapterPowerManagement3 = InterfaceType<typeof IID_IAdapterPowerManagement3>;

/** A miniport or a stream that wants to hear of power changes. */
export const IID_IPowerNotify = declareInterface(
  'IPowerNotify',
  '{3DD648B8-969F-11D1-95A9-00C04FB925D3}',
  IID_IUnknown,
  { powerChangeNotify: call(VOID, [input('PowerState', POWER_STATE_KIND)]) },
);
export type IPowerNotify = InterfaceType<typeof IID_IPowerNotify>;

/** What a port offers; the functions of PortCls do the same without a port. */
export const IID_IPortClsPower = declareInterface(
  'IPortClsPower',
  '{47BA0351-BC4B-4869-8134-B74FE17852D8}',
  IID_IUnknown,
  {
    registerAdapterPowerManagement: call(
      NTSTATUS,
      [input('Unknown', PUNKNOWN), input('DeviceObject', PDEVICE_OBJECT)],
      { since: 'win7' },
    ),
    unregisterAdapterPowerManagement: call(NTSTATUS, [input('DeviceObject', PDEVICE_OBJECT)], {
      since: 'win7',
    }),
    setIdlePowerManagement: call(
      NTSTATUS,
      [input('DeviceObject', PDEVICE_OBJECT), input('Enabled', BOOLEAN)],
      { since: 'win7' },
    ),
  },
);
export type IPortClsPower = InterfaceType<typeof IID_IPortClsPower>;
