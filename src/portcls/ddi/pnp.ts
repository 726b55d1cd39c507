/**
 * Plug and play interfaces: what an adapter registers so that its device can be stopped and moved
 * to other resources, and what a miniport offers to be told. Source: portcls.h,
 * IAdapterPnpManagement, IMiniportPnpNotify, IPortClsPnp, "Implement PnP Rebalance for PortCls
 * Audio Drivers".
 */
import { call, declareInterface, type InterfaceType, input, kind } from './declare.ts';
import { NTSTATUS, PDEVICE_OBJECT, PUNKNOWN, VOID } from './kinds.ts';
import { IID_IUnknown } from './unknown.ts';

export const PcRebalanceNotSupported = 0;
/** The port takes all subdevices back; StartDevice registers new ones. */
export const PcRebalanceRemoveSubdevices = 1;
export type PC_REBALANCE_TYPE = 0 | 1;

/** All but PnpStop are called under the device lock, and must not wait. */
export const IID_IAdapterPnpManagement = declareInterface(
  'IAdapterPnpManagement',
  '{706F2368-4086-47F5-B913-57B76EED1A32}',
  IID_IUnknown,
  {
    getSupportedRebalanceType: call(kind<PC_REBALANCE_TYPE>('PC_REBALANCE_TYPE'), [], {
      since: 'win10',
    }),
    pnpQueryStop: call(VOID, [], { since: 'win10' }),
    pnpCancelStop: call(VOID, [], { since: 'win10' }),
    pnpStop: call(VOID, [], { since: 'win10' }),
  },
);
export type IAdapterPnpManagement = InterfaceType<typeof IID_IAdapterPnpManagement>;

/** Called under the device lock, and must not wait. */
export const IID_IMiniportPnpNotify = declareInterface(
  'IMiniportPnpNotify',
  '{6B735365-9487-464C-93E3-FA2C6391D5A4}',
  IID_IUnknown,
  { pnpStop: call(VOID, [], { since: 'win10' }) },
);
export type IMiniportPnpNotify = InterfaceType<typeof IID_IMiniportPnpNotify>;

/** What a WaveRT port offers; the functions of PortCls do the same without a port. */
export const IID_IPortClsPnp = declareInterface(
  'IPortClsPnp',
  '{0485791B-17F5-4B73-902A-20344860B9CA}',
  IID_IUnknown,
  {
    registerAdapterPnpManagement: call(
      NTSTATUS,
      [input('Unknown', PUNKNOWN), input('DeviceObject', PDEVICE_OBJECT)],
      { since: 'win10' },
    ),
    unregisterAdapterPnpManagement: call(NTSTATUS, [input('DeviceObject', PDEVICE_OBJECT)], {
      since: 'win10',
    }),
  },
);
export type IPortClsPnp = InterfaceType<typeof IID_IPortClsPnp>;
