/**
 * `pinTable`: a pin's life as a table that a reader checks with a pencil. Each row waits for its
 * moment, sends its request, and holds status, state and play position against what the pin
 * says. Columns stand apart by two spaces or more; what follows `//` is a remark.
 */
import { ms, type Ns, ns } from '../base/brand.ts';
import type { KsFilter } from '../client/ks-filter.ts';
import type { KsPin } from '../client/ks-pin.ts';
import {
  KSPROPSETID_Audio,
  KSPROPSETID_Connection,
  KSPROPSETID_RTAudio,
} from '../standards/ks/guids.ts';
import {
  KSPROPERTY,
  KSPROPERTY_AUDIO,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_RTAUDIO,
  KSRTAUDIO_HWREGISTER_PROPERTY,
  KSSTATE,
  ksStateName,
} from '../standards/ks/requests.ts';
import { type NtStatus, ntSuccess, statusName } from '../standards/nt/ntstatus.ts';
import type { Lab } from './lab.ts';
import { scenario } from './scenario.ts';
import { formatOf, type TestRenderOptions } from './test-render.ts';

/** What the table needs of a machine; a LabMachine is one. */
export interface PinTableHost {
  readonly machine: { readonly now: Ns };
  openFilter(): KsFilter;
  runFor(durationNs: number): void;
}

interface Row {
  /** Place in the table, from 1. */
  readonly number: number;
  readonly atMs: number;
  readonly request: string;
  readonly status: string;
  readonly pin: string;
  readonly position: string;
}

const COLUMNS = 'at ms, request, status, pin, position';
const NOTHING = '-';

const properties = {
  'AUDIO.POSITION': [KSPROPSETID_Audio, KSPROPERTY_AUDIO.POSITION, KSPROPERTY],
  'AUDIO.POSITIONEX': [KSPROPSETID_Audio, KSPROPERTY_AUDIO.POSITIONEX, KSPROPERTY],
  'CONNECTION.STATE': [KSPROPSETID_Connection, KSPROPERTY_CONNECTION.STATE, KSPROPERTY],
  'CONNECTION.DATAFORMAT': [KSPROPSETID_Connection, KSPROPERTY_CONNECTION.DATAFORMAT, KSPROPERTY],
  'RTAUDIO.HWLATENCY': [KSPROPSETID_RTAudio, KSPROPERTY_RTAUDIO.HWLATENCY, KSPROPERTY],
  'RTAUDIO.POSITIONREGISTER': [
    KSPROPSETID_RTAudio,
    KSPROPERTY_RTAUDIO.POSITIONREGISTER,
    KSRTAUDIO_HWREGISTER_PROPERTY,
  ],
  'RTAUDIO.CLOCKREGISTER': [
    KSPROPSETID_RTAudio,
    KSPROPERTY_RTAUDIO.CLOCKREGISTER,
    KSRTAUDIO_HWREGISTER_PROPERTY,
  ],
} as const;

/**
 * A scenario that opens a pin on the machine `boot` gives, and walks the table. Requests are
 * `set STATE RUN`, `get STATE`, `get RTAUDIO.BUFFER 3840` (bytes asked for), and
 * `get AUDIO.POSITION 16 B` or `set` (a property, and the bytes of the value), or `-` for none.
 * Statuses are named without STATUS_; `position` is the play offset in bytes, `-` where it is not
 * asked; times are from the opening of the pin.
 * @throws Error on a malformed table, and in the scenario for a row that is not so
 */
export function pinTable(
  title: string,
  table: string,
  boot: (lab: Lab) => PinTableHost,
  options: TestRenderOptions = {},
): void {
  const rows = readTable(table);
  scenario(title, (lab) => {
    const host = boot(lab);
    const pin = host.openFilter().openPin(options.pin ?? 0, formatOf(options));
    const startNs = host.machine.now;
    for (const row of rows) {
      const waitNs = startNs + ms(row.atMs) - host.machine.now;
      if (waitNs > 0) host.runFor(ns(waitNs));
      checkRow(pin, row);
    }
  });
}

function readTable(table: string): Row[] {
  const lines = table
    .split('\n')
    .map((line) => line.replace(/\/\/.*$/, '').trim())
    .filter((line) => line !== '');
  const [header, ...rest] = lines.map((line) => line.split(/ {2,}/));
  if (header?.join(', ') !== COLUMNS) throw new Error(`a pin table has the columns ${COLUMNS}`);
  if (rest.length === 0) throw new Error('a pin table without a row shows nothing');
  let lastMs = 0;
  return rest.map((cells, index) => {
    const [at, request, status, pin, position] = cells;
    const atMs = Number(at);
    if (position === undefined || cells.length !== 5 || !(atMs >= lastMs)) {
      throw new Error(`row ${index + 1} of a pin table is not ${COLUMNS}: ${cells.join('  ')}`);
    }
    lastMs = atMs;
    return {
      number: index + 1,
      atMs,
      request: request as string,
      status: status as string,
      pin: pin as string,
      position,
    };
  });
}

function checkRow(pin: KsPin, row: Row): void {
  const status = row.request === NOTHING ? null : send(pin, row);
  compare(row, 'status', row.status, status === null ? NOTHING : shortName(status));
  compare(row, 'pin', row.pin, ksStateName(pin.getState()));
  if (row.position === NOTHING) return;
  const read = pin.readPosition();
  compare(row, 'position', row.position, ntSuccess(read) ? `${pin.playOffset}` : shortName(read));
}

function send(pin: KsPin, row: Row): NtStatus {
  const [verb, property = '', argument, unit, ...rest] = row.request.split(' ');
  const malformed = new Error(`row ${row.number}: no such request: ${row.request}`);
  if ((verb !== 'get' && verb !== 'set') || rest.length > 0) throw malformed;
  if (property === 'STATE') {
    if (verb === 'get') return pin.get(KSPROPSETID_Connection, KSPROPERTY_CONNECTION.STATE, 4);
    const state = Object.entries(KSSTATE).find(([name]) => name === argument)?.[1];
    if (state === undefined) throw malformed;
    return pin.setState(state);
  }
  const count = Number(argument);
  if (argument === undefined || !Number.isInteger(count) || count < 0) throw malformed;
  if (property === 'RTAUDIO.BUFFER' && verb === 'get' && unit === undefined) {
    return pin.tryAllocateBuffer(count).status;
  }
  if (!isKnown(property) || unit !== 'B') throw malformed;
  const [set, id, request] = properties[property];
  const requestBytes = request.layout(pin.home.process.pointerBytes).size;
  pin.home.ram.bytes.fill(0, pin.requestAt, pin.requestAt + requestBytes);
  return verb === 'get' ? pin.get(set, id, count, requestBytes) : pin.set(set, id, count);
}

const isKnown = (name: string): name is keyof typeof properties => name in properties;

const shortName = (status: NtStatus): string => statusName(status).replace(/^STATUS_/, '');

function compare(row: Row, column: string, wanted: string, seen: string): void {
  if (seen === wanted) return;
  throw new Error(
    `row ${row.number} (${row.atMs} ms, ${row.request}): ${column} is ${seen}, ` +
      `and the table says ${wanted}`,
  );
}
