/**
 * What a stream leaves behind: nothing, whether it is closed in order, dies with its process, or
 * never came to be. Pages, mappings, pool, references, interrupts, alarms and handles are held
 * against what there was before; the lab does the same again when the machine is switched off.
 */
import { expect } from 'vitest';
import type { KsPin } from '../../src/client/ks-pin.ts';
import { KSSTATE, ksStateName } from '../../src/standards/ks/requests.ts';
import {
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { formatOf, type Lab, scenario, TestRender } from '../../src/testing/index.ts';
import { type Backend, describeBackends } from '../support/backends.ts';
import { bentHdaDriver } from '../support/bent-hda-driver.ts';
import { hdaFacts } from '../support/hda-facts.ts';
import { type HdaMachine, HdaStream, MS, STREAM_PIN } from '../support/hda-machine.ts';

/** Everything that is there: the leak report, and the count of pages. */
function inventory({ machine: { kernel } }: HdaMachine) {
  const pages = kernel.memory.frames.allocatedPages;
  return { pages, facts: kernel.outstanding().sort() };
}

/** A machine on which a stream played once, so that what is kept for reuse is there. */
function settledMachine(lab: Lab, backend: Backend, ramBytes?: number): HdaMachine {
  const machine = backend.boot(lab, ramBytes === undefined ? {} : { ramBytes });
  const bufferMs = backend.bufferMs(10, 48_000);
  new HdaStream(machine, formatOf({}), { bufferMs, soundMs: 30 }).playOut();
  return machine;
}

function playsBitExact(machine: HdaMachine, backend: Backend): boolean {
  const format = formatOf({ ...hdaFacts(backend).samples.at(2) });
  const bufferMs = backend.bufferMs(10, 48_000);
  const stream = new HdaStream(machine, format, { bufferMs, soundMs: 50 });
  return stream.playOut().ledger.isBitExact;
}

describeBackends('nothing is left', 'hda', (backend) => {
  const { channels, heldFrames } = hdaFacts(backend);

  scenario('of many streams, one after the other [WRT-PIN-010 VER-MDL-001]', (lab) => {
    const machine = settledMachine(lab, backend);
    const before = inventory(machine);
    const rounds = 100 * backend.patience;
    for (let round = 0; round < rounds; round++) {
      const render = machine.openRender({
        bufferMs: 1 + round,
        channels: channels[round % channels.length] ?? 2,
      });
      render.pin.tryMapRegister('position');
      render.setState(KSSTATE.RUN);
      machine.runFor(MS);
      render.close();
    }
    // The command ring may be at another place, but it is no larger.
    expect(inventory(machine)).toEqual(before);
    expect(playsBitExact(machine, backend)).toBe(true);
  });

  for (const state of Object.values(KSSTATE)) {
    scenario(
      `of a client that is killed in ${ksStateName(state)} [WRT-PIN-009 WRT-PIN-010 WRT-PIN-011]`,
      (lab) => {
        const machine = settledMachine(lab, backend);
        const before = inventory(machine);
        const client = machine.newClient('doomed');
        const host = {
          machine: machine.machine,
          openFilter: () => machine.openFilter(undefined, client),
        };
        const render = TestRender.open(host, { bufferMs: 100 });
        render.pin.tryMapRegister('position');
        render.pin.tryMapRegister('clock');
        expect(render.setState(state)).toBe(STATUS_SUCCESS);
        machine.runFor(3 * MS);
        const asked: unknown[] = [];
        machine.machine.portClass.guard.attach({
          entered: ({ windowsName }, _target, [first]) => {
            if (windowsName === 'SetState') asked.push(first);
            if (windowsName === 'FreeAudioBuffer') asked.push(windowsName);
          },
          left: () => undefined,
        });
        client.process.terminate();
        const below = [KSSTATE.PAUSE, KSSTATE.ACQUIRE, KSSTATE.STOP].filter(
          (lower) => lower < state,
        );
        expect(asked).toEqual([...below, 'FreeAudioBuffer']);
        expect(inventory(machine)).toEqual(before);
        const { heardFrames } = machine.device.speaker;
        machine.runFor(20 * MS);
        // Only what is behind DMA may still come out: DMA is over.
        backend.hearOut(machine);
        const all = machine.device.speaker.heardFrames;
        expect(all - heardFrames).toBeLessThanOrEqual(heldFrames);
        machine.runFor(100 * MS);
        expect(machine.device.speaker.heardFrames).toBe(all);
        expect(playsBitExact(machine, backend)).toBe(true);
      },
    );
  }

  scenario('at the end, whatever was open when the machine is switched off', (lab) => {
    const machine = backend.boot(lab);
    machine.openRender({}).setState(KSSTATE.RUN);
    machine.runFor(10 * MS);
    expect(machine.shutDown()).toEqual([]);
    expect(machine.findings).toEqual([]);
  });
});

describeBackends('a buffer that cannot be had', 'hda', (backend) => {
  const BUFFER_PAGES = 20;

  /** Asks with `free` pages to be had, and gives them all back. */
  function askWith(machine: HdaMachine, pin: KsPin, free: number) {
    const { frames } = machine.machine.kernel.memory;
    frames.withhold(frames.freePages - free);
    const { status } = pin.tryAllocateBuffer(BUFFER_PAGES * 4096);
    frames.release();
    return status;
  }

  scenario(
    'for want of pages is refused, however few are missing, and leaves nothing [WRT-BUF-024 WRT-BUF-026 WRT-BUF-028 VER-MDL-008]',
    (lab) => {
      const machine = settledMachine(lab, backend, 4 * 1024 * 1024);
      const filter = machine.openFilter();
      const pin = filter.openPin(STREAM_PIN, formatOf({}));
      const before = inventory(machine);
      // One more page is for the descriptor list, which is wanted last.
      for (let free = 0; free <= BUFFER_PAGES; free++) {
        expect(askWith(machine, pin, free), `${free} pages`).toBe(STATUS_INSUFFICIENT_RESOURCES);
        expect(inventory(machine), `${free} pages`).toEqual(before);
      }
      expect(askWith(machine, pin, BUFFER_PAGES + 1)).toBe(STATUS_SUCCESS);
      expect(machine.machine.kernel.memory.frames.allocatedPages).toBe(
        before.pages + BUFFER_PAGES + 1,
      );
      pin.close();
      filter.close();
      expect(playsBitExact(machine, backend)).toBe(true);
    },
  );

  scenario('of fewer pages than were asked for goes back [WRT-MDL-010 VER-MDL-007]', (lab) => {
    const driver = bentHdaDriver({
      portStream: (real) => ({
        allocatePagesForMdl: (high, bytes) => real.allocatePagesForMdl(high, bytes - 4096),
      }),
    });
    const machine = backend.boot(lab, { driver });
    const filter = machine.openFilter();
    const pin = filter.openPin(STREAM_PIN, formatOf({}));
    const before = inventory(machine);
    const { status } = pin.tryAllocateBuffer(BUFFER_PAGES * 4096);
    expect(status).toBe(STATUS_INSUFFICIENT_RESOURCES);
    expect(inventory(machine)).toEqual(before);
    pin.close();
    filter.close();
  });

  scenario(
    'for want of a mapping is refused too, once the ring has the last one [WRT-MDL-019 VER-MAP-005]',
    (lab) => {
      let statuses: string[] = [];
      for (let mappingPages = 0; mappingPages <= 4; mappingPages++) {
        const machine = backend.boot(lab, { mappingPages });
        const filter = machine.openFilter();
        const pin = filter.openPin(STREAM_PIN, formatOf({}));
        const before = inventory(machine);
        const { status } = pin.tryAllocateBuffer(3840);
        if (status !== STATUS_SUCCESS) {
          expect(status).toBe(STATUS_INSUFFICIENT_RESOURCES);
          expect(inventory(machine)).toEqual(before);
        }
        statuses = [...statuses, ntSuccess(status) ? 'given' : 'refused'];
        pin.close();
        filter.close();
      }
      expect(statuses.join(' ')).toMatch(/^(refused )+given( given)*$/);
    },
  );

  scenario(
    'for its size is refused, and the stream can still have another [WRT-BUF-025]',
    (lab) => {
      const machine = settledMachine(lab, backend);
      const filter = machine.openFilter();
      const pin = filter.openPin(STREAM_PIN, formatOf({}));
      const before = inventory(machine);
      for (const bytes of [0, 1, 3, 256 * 4096 + 1, 0x8000_0000, 0xffff_ffff]) {
        expect(pin.tryAllocateBuffer(bytes).status, `${bytes}`).toBe(STATUS_UNSUCCESSFUL);
        expect(inventory(machine), `${bytes}`).toEqual(before);
      }
      expect(pin.tryAllocateBuffer(4).status).toBe(STATUS_SUCCESS);
      pin.close();
      filter.close();
    },
  );
});

describeBackends('a stream that cannot be had', 'hda', (backend) => {
  scenario('while the one converter plays another, which is not disturbed [WRT-MPT-013]', (lab) => {
    const machine = settledMachine(lab, backend);
    const bufferMs = backend.bufferMs(10, 48_000);
    const stream = new HdaStream(machine, formatOf({}), { bufferMs, soundMs: 100 });
    machine.runFor(35 * MS);
    const filter = machine.openFilter(undefined, machine.newClient('second'));
    const before = inventory(machine);
    for (let round = 0; round < 10; round++) {
      const second = filter.tryOpenPin(STREAM_PIN, formatOf({}));
      expect(second).toEqual({ status: STATUS_INSUFFICIENT_RESOURCES, pin: null });
      machine.runFor(MS);
    }
    expect(inventory(machine).pages).toBe(before.pages);
    expect(stream.playOut().ledger.isBitExact).toBe(true);
    filter.openPin(STREAM_PIN, formatOf({})).close();
    filter.close();
  });

  scenario('for its format leaves nothing [WRT-MPT-013]', (lab) => {
    const machine = settledMachine(lab, backend);
    const filter = machine.openFilter();
    const before = inventory(machine);
    const plain = formatOf({});
    for (const format of [
      { ...plain, rateHz: 47_999 },
      { ...plain, rateHz: 384_000 },
      { ...plain, channels: 9 },
      { ...plain, containerBits: 8, validBits: 8 },
      { ...plain, containerBits: 24, validBits: 24 },
      { ...plain, containerBits: 32, validBits: 16 },
    ]) {
      const { pin, status } = filter.tryOpenPin(STREAM_PIN, format);
      expect({ pin, status }, JSON.stringify(format)).toEqual({
        pin: null,
        status: STATUS_NO_MATCH,
      });
      expect(inventory(machine), JSON.stringify(format)).toEqual(before);
    }
    filter.close();
    expect(playsBitExact(machine, backend)).toBe(true);
  });
});
