/** Names that a miniport gives its pins, and formats on their way from a client to a stream. */
import { expect } from 'vitest';
import type { VirtualAddress } from '../../src/base/brand.ts';
import { GENERIC_WRITE } from '../../src/kernel/io/io-codes.ts';
import {
  IID_IPinName,
  type InterfaceId,
  type IPinName,
  type Irp,
  type PcFilterDescriptor,
} from '../../src/portcls/ddi/index.ts';
import { KSDATAFORMAT_ATTRIBUTES } from '../../src/standards/ks/formats.ts';
import { KSPROPSETID_Pin } from '../../src/standards/ks/guids.ts';
import { KSP_PIN, KSPROPERTY_PIN, KSPROPERTY_TYPE_GET } from '../../src/standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, type Lab, scenario } from '../../src/testing/index.ts';
import { send } from '../support/ks-requests.ts';
import { formatBytes, pinName } from '../support/pin-name.ts';
import {
  PLAIN_PCM_RANGE,
  type PlainDriver,
  PlainMiniport,
  plainDescriptor,
} from '../support/plain-driver.ts';
import { addFilter } from '../support/plain-filters.ts';
import { bootPlain, type PlainMachine, STEREO_48 } from '../support/plain-machine.ts';

const GET = KSPROPERTY_TYPE_GET;

/** A miniport that names pin 1 and leaves the others to the port. */
class NamingMiniport extends PlainMiniport implements IPinName {
  readonly #name: string;
  readonly #boast: number;

  constructor(driver: PlainDriver, name: string, boast: number) {
    super(driver);
    this.#name = name;
    this.#boast = boast;
  }

  override queryInterface<T>(iid: InterfaceId<unknown>): T | null {
    if (iid.iid !== IID_IPinName.iid) return super.queryInterface(iid);
    this.addRef();
    return this as unknown as T;
  }

  getPinName(irp: Irp, pin: VirtualAddress, data: VirtualAddress | null): NtStatus {
    const { wdk } = this.driver;
    const pinId = wdk.viewAt(pin, KSP_PIN.size).getUint32(KSP_PIN.offsets.PinId, true);
    if (pinId !== 1) return STATUS_NOT_SUPPORTED;
    const bytes = 2 * (this.#name.length + 1);
    irp.ioStatus.information = bytes + this.#boast;
    if (data === null) return STATUS_BUFFER_OVERFLOW;
    if (irp.outputBufferLength < bytes) return STATUS_BUFFER_TOO_SMALL;
    const view = wdk.viewAt(data, bytes);
    for (let at = 0; at < bytes; at += 2) {
      view.setUint16(at, this.#name.charCodeAt(at / 2) || 0, true);
    }
    return STATUS_SUCCESS;
  }
}

function bootNaming(lab: Lab, name: string, boast = 0): PlainMachine {
  return bootPlain(lab, {
    startDevice: (driver, device, irp, list) => {
      const miniport = new NamingMiniport(driver, name, boast);
      const { port, status } = addFilter(driver, { device, irp, list }, 'Wave', miniport);
      port.release();
      return status;
    },
  });
}

scenario('a miniport may name its pins, and leave names to the port [PCL-PIN-018]', (lab) => {
  const { filter } = bootNaming(lab, 'Left of the door');
  expect(filter.pin(1).name).toBe('Left of the door');
  expect(filter.pin(0).name).toBe(bootPlain(lab).filter.pin(0).name);
  expect(bootPlain(lab).filter.pin(1).name).toBe('Speaker');
  const ask = { set: KSPROPSETID_Pin, id: KSPROPERTY_PIN.NAME, flags: GET, words: [1, 0] };
  expect(send(filter, { ...ask, valueBytes: 10 })).toBe(STATUS_BUFFER_TOO_SMALL);
  const boasting = bootNaming(lab, 'Door', 1000);
  expect(send(boasting.filter, { ...ask, valueBytes: 64 })).toBe(STATUS_BUFFER_TOO_SMALL);
  boasting.lab.expectFinding(/GetPinName says it wrote 1010 bytes into 64/);
});

scenario(
  'the default intersection knows the static ranges only, whatever a constrained list says [PCL-DI-012]',
  (lab) => {
    let asked = 0;
    const constrained: PcFilterDescriptor = {
      ...plainDescriptor,
      automationTable: {
        properties: [
          {
            set: KSPROPSETID_Pin,
            id: KSPROPERTY_PIN.CONSTRAINEDDATARANGES,
            flags: GET,
            handler: () => {
              asked++;
              return STATUS_NO_MATCH;
            },
          },
        ],
      },
    };
    const format = bootPlain(lab, { descriptor: constrained }).filter.intersect(0, [
      PLAIN_PCM_RANGE,
    ]);
    expect(format).toEqual(bootPlain(lab).filter.intersect(0, [PLAIN_PCM_RANGE]));
    expect([format?.length, asked]).toEqual([82, 0]);
  },
);

scenario(
  'a format from an intersection may be refused, and the client tries its own, best first [PCL-DI-013]',
  (lab) => {
    let refusals = 2;
    const machine = bootPlain(lab, {
      newStream: () => (refusals-- > 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS),
    });
    const { filter } = machine;
    expect(filter.intersect(0, [PLAIN_PCM_RANGE])).not.toBeNull();
    const tried: NtStatus[] = [];
    // The one that was chosen, and then the client's own.
    for (const sampleRate of [48_000, 44_100, 22_050, 8_000]) {
      const { pin, status } = filter.tryOpenPin(0, formatOf({ sampleRate }));
      tried.push(status);
      if (pin === null) continue;
      expect(pin.format.rateHz).toBe(22_050);
      break;
    }
    expect(tried).toEqual([STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER, STATUS_SUCCESS]);
    expect(machine.driver.streams).toHaveLength(1);
  },
);

/** One attribute of 24 bytes in its list, `padding` bytes behind a format of 82. */
function attributeList(padding: number): number[] {
  const bytes = new Uint8Array(padding + 8 + 24);
  const view = new DataView(bytes.buffer);
  view.setUint32(padding, 32, true);
  view.setUint32(padding + 4, 1, true);
  view.setUint32(padding + 8, 24, true);
  return [...bytes];
}

scenario('Flags of a format say that attributes follow at the next 8 bytes [PCL-KS-018]', (lab) => {
  const machine = bootPlain(lab);
  const create = (flags: number, behind: readonly number[]): NtStatus => {
    const format = formatBytes(STEREO_48, { Flags: flags }, behind);
    const { process } = machine.lab.client;
    const name = pinName({ format });
    const opened = process.createRelativeFile(machine.filter.handle, name, GENERIC_WRITE);
    if (opened.status === STATUS_SUCCESS) process.closeHandle(opened.handle);
    return opened.status;
  };
  expect(KSDATAFORMAT_ATTRIBUTES).toBe(2);
  expect(create(2, attributeList(6))).toBe(STATUS_SUCCESS);
  for (const padding of [0, 2, 14]) {
    expect(create(2, attributeList(padding)), `${padding}`).toBe(STATUS_INVALID_PARAMETER);
    expect(create(0, attributeList(padding)), `${padding}`).toBe(STATUS_SUCCESS);
  }
});
