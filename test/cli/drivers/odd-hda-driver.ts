/**
 * Our HD Audio driver with other methods in its render stream, for modules that `--driver` names:
 * the mistakes that a vendor's stream could make. It offers no position register, so that a client
 * has to ask for the position.
 */
import { hdaDriver } from '../../../src/drivers/hda/index.ts';
import {
  CLSID_PortWaveRT,
  type DriverModule,
  type IMiniportWaveRT,
  type IMiniportWaveRTStream,
  type IPort,
  type IUnknown,
  type Wdk,
} from '../../../src/portcls/ddi/index.ts';
import { STATUS_NOT_SUPPORTED } from '../../../src/standards/nt/ntstatus.ts';

type Change = (real: IMiniportWaveRTStream, wdk: Wdk) => Partial<IMiniportWaveRTStream>;

export function oddHdaDriver(name: string, change: Change): DriverModule {
  return {
    ...hdaDriver,
    name,
    load: (wdk) => hdaDriver.load(withOddStreams(wdk, change)),
  };
}

function withOddStreams(wdk: Wdk, change: Change): Wdk {
  const realPorts = new Map<IUnknown, IUnknown>();
  const real = (port: IUnknown): IUnknown => realPorts.get(port) ?? port;
  return {
    ...wdk,
    PcNewPort: (out, classId) => {
      const status = wdk.PcNewPort(out, classId);
      const port = out.value;
      if (port !== null && classId === CLSID_PortWaveRT) {
        const odd: IPort = changed<IPort>(port, {
          init: (device, irp, miniport, adapter, resources) =>
            port.init(device, irp, oddMiniport(miniport, change, wdk), adapter, resources),
        });
        realPorts.set(odd, port);
        out.value = odd;
      }
      return status;
    },
    PcRegisterSubdevice: (device, name, port) => wdk.PcRegisterSubdevice(device, name, real(port)),
    PcRegisterPhysicalConnection: (device, from, fromPin, to, toPin) =>
      wdk.PcRegisterPhysicalConnection(device, real(from), fromPin, real(to), toPin),
  };
}

function oddMiniport(unknown: IUnknown, change: Change, wdk: Wdk): IUnknown {
  const miniport = unknown as IMiniportWaveRT;
  return changed<IMiniportWaveRT>(miniport, {
    newStream: (out, portStream, pin, capture, format) => {
      const status = miniport.newStream(out, portStream, pin, capture, format);
      if (out.value !== null) {
        const withoutRegister = { getPositionRegister: () => STATUS_NOT_SUPPORTED };
        out.value = changed(out.value, { ...withoutRegister, ...change(out.value, wdk) });
      }
      return status;
    },
  });
}

/** `target` with other methods in places; its other interfaces lead to the changed object too. */
function changed<T extends IUnknown>(target: T, changes: Partial<T>): T {
  const odd: T = new Proxy(target, {
    get(object, name) {
      if (name === 'queryInterface') {
        return (iid: Parameters<T['queryInterface']>[0]) =>
          object.queryInterface(iid) === null ? null : odd;
      }
      const other: unknown = Reflect.get(changes, name);
      if (other !== undefined) return other;
      const value: unknown = Reflect.get(object, name);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
  return odd;
}
