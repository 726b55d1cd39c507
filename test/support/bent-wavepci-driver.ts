/**
 * Our AC'97 driver over the WavePci port, bent as in bent-hda-driver: the driver is the real one,
 * but the streams that it gives to the port, or the port streams that it gets, lie in one way.
 */
import { makeAc97Driver } from '../../src/drivers/ac97/index.ts';
import {
  CLSID_PortWavePci,
  type DriverModule,
  type IMiniportWavePci,
  type IMiniportWavePciStream,
  type IPort,
  type IPortWavePciStream,
  type IPowerNotify,
  type IUnknown,
  type Wdk,
} from '../../src/portcls/ddi/index.ts';
import { override } from './bent-hda-driver.ts';

/** Every method that a stream of the driver has. */
export type BentPacketStream = IMiniportWavePciStream & IPowerNotify;

export interface PacketBends {
  readonly name: string;
  /** Methods of each port stream in place of the real ones. */
  readonly portStream?: (real: IPortWavePciStream) => Partial<IPortWavePciStream>;
  /** Methods of each stream in place of the driver's. */
  readonly stream?: (real: BentPacketStream) => Partial<BentPacketStream>;
}

export function bentWavePciDriver(bends: PacketBends): DriverModule {
  const driver = makeAc97Driver({ port: 'wavepci' });
  return { ...driver, name: bends.name, load: (wdk) => driver.load(withBentPort(wdk, bends)) };
}

function withBentPort(wdk: Wdk, bends: PacketBends): Wdk {
  const realPorts = new Map<IUnknown, IUnknown>();
  const real = (port: IUnknown): IUnknown => realPorts.get(port) ?? port;
  return {
    ...wdk,
    PcNewPort: (out, classId) => {
      const status = wdk.PcNewPort(out, classId);
      const port = out.value;
      if (port !== null && classId === CLSID_PortWavePci) {
        const bentPort = override<IPort>(port, {
          init: (device, irp, miniport, adapter, resources) =>
            port.init(device, irp, bendMiniport(miniport, bends), adapter, resources),
        });
        realPorts.set(bentPort, port);
        out.value = bentPort;
      }
      return status;
    },
    PcRegisterSubdevice: (device, name, port) => wdk.PcRegisterSubdevice(device, name, real(port)),
    PcRegisterPhysicalConnection: (device, from, fromPin, to, toPin) =>
      wdk.PcRegisterPhysicalConnection(device, real(from), fromPin, real(to), toPin),
  };
}

function bendMiniport(unknown: IUnknown, { portStream, stream }: PacketBends): IUnknown {
  const miniport = unknown as IMiniportWavePci;
  return override<IMiniportWavePci>(miniport, {
    newStream: (out, outer, pool, realPortStream, ...rest) => {
      const given =
        portStream === undefined
          ? realPortStream
          : override(realPortStream, portStream(realPortStream));
      const status = miniport.newStream(out, outer, pool, given, ...rest);
      if (out.value !== null && stream !== undefined) {
        const made = out.value as BentPacketStream;
        out.value = override(made, stream(made));
      }
      return status;
    },
  });
}
