/**
 * The AC'97 device taken away, or its resources, under streams that run; on each of its ports, on
 * our model and on QEMU's device.
 */
import { expect } from 'vitest';
import { ms } from '../../src/base/brand.ts';
import { framesIn } from '../../src/base/frame-time.ts';
import type { Ac97PortName } from '../../src/drivers/ac97/index.ts';
import { KSSTATE } from '../../src/standards/ks/requests.ts';
import { STATUS_SUCCESS } from '../../src/standards/nt/ntstatus.ts';
import { type Lab, noise, scenario } from '../../src/testing/index.ts';
import { ac97Facts } from '../support/ac97-facts.ts';
import {
  bootAc97,
  FIFO_FRAMES,
  PacketBench,
  playAsSent,
  RENDER_PIN,
  STEREO_48,
} from '../support/ac97-machine.ts';
import { type Backend, describeBackends, earOf } from '../support/backends.ts';
import { heardRuns } from '../support/heard-runs.ts';

const { ACQUIRE, PAUSE, RUN } = KSSTATE;
const RATE_HZ = 48_000;
/** Of a sound. */
const FRAMES = 4_800;
const PACKET_PORTS = ['wavepci', 'wavecyclic'] as const;
const PORTS = ['wavert', ...PACKET_PORTS] as const;
/** A look of QEMU's card is at each whole millisecond, and this is none. */
const PLAYED_NS = ms(5.5);

/** A machine with a render stream under way on the port, and what to send and hear of it. */
function playing(lab: Lab, backend: Backend, port: Ac97PortName) {
  const machine = bootAc97(lab, backend, port);
  const sound = noise(STEREO_48, 2 * FRAMES);
  const ear = earOf(machine);
  const close = port === 'wavert' ? sendCyclic() : sendPacket();
  machine.runFor(PLAYED_NS);
  const next = sound.subarray(4 * FRAMES);
  return { machine, close, next, heard: () => heardRuns(ear.heard(), sound) };

  function sendCyclic(): () => void {
    const render = machine.openRender({ bufferMs: 100 });
    render.write(sound.subarray(0, 4 * FRAMES));
    render.setState(RUN);
    return () => render.close();
  }

  function sendPacket(): () => void {
    const bench = new PacketBench(machine, RENDER_PIN);
    bench.states(ACQUIRE, PAUSE);
    const packet = bench.write(sound.subarray(0, 4 * FRAMES));
    bench.states(RUN);
    return () => {
      bench.close();
      expect(packet.isSent).toBe(false);
    };
  }
}

describeBackends('a device', 'ac97', (backend) => {
  const facts = ac97Facts(backend);
  const { delayFrames } = facts;

  for (const port of PORTS) {
    scenario(`on a ${port} port that is pulled out leaves nothing, and no more sound`, (lab) => {
      const { close, heard, machine } = playing(lab, backend, port);
      const { kernel, node } = machine.machine;
      expect(kernel.pnp.surpriseRemoval(node)).toBe(STATUS_SUCCESS);
      machine.runFor(ms(20));
      close();
      kernel.pnp.remove(node);
      machine.runFor(ms(1));
      machine.device.powerOff();
      const to = facts.heardFrames(PLAYED_NS, RATE_HZ);
      expect(heard()).toEqual([{ at: delayFrames, from: 0, to }]);
    });
  }

  scenario('on a WaveRT port starts again after a rebalance [PCL-REM-002]', (lab) => {
    const { close, heard, machine, next } = playing(lab, backend, 'wavert');
    const { kernel, node } = machine.machine;
    expect(kernel.pnp.queryStop(node)).toBe(STATUS_SUCCESS);
    expect(kernel.pnp.stop(node)).toBe(STATUS_SUCCESS);
    machine.runFor(ms(20));
    close();
    expect(kernel.pnp.startDevice(node)).toBe(STATUS_SUCCESS);
    playAsSent(machine, backend);
    const render = machine.openRender({ bufferMs: 100 });
    render.write(next);
    render.setState(RUN);
    machine.runFor(ms(60));
    render.pin.check('POSITION', render.pin.readPosition());
    const fetched = render.pin.writeOffset / 4;
    // A card that is still in use takes nothing ahead.
    expect(fetched).toBeGreaterThanOrEqual(framesIn(ms(60), RATE_HZ));
    expect(fetched).toBeLessThanOrEqual(facts.fetchedFrames(ms(60), RATE_HZ));
    backend.hearOut(machine);
    const [before, after] = heard();
    expect(before).toMatchObject({ at: delayFrames, from: 0 });
    expect(before?.to).toBeLessThanOrEqual(facts.fetchedFrames(PLAYED_NS, RATE_HZ));
    expect(after?.from).toBe(FRAMES);
    expect(after?.to).toBeGreaterThanOrEqual(FRAMES + fetched - FIFO_FRAMES);
    render.close();
  });

  for (const port of PACKET_PORTS) {
    scenario(`on a ${port} port agrees to no rebalance, and plays on [PCL-REM-002]`, (lab) => {
      const { close, heard, machine } = playing(lab, backend, port);
      const { kernel, node } = machine.machine;
      expect(kernel.pnp.queryStop(node)).not.toBe(STATUS_SUCCESS);
      machine.runFor(ms(100));
      backend.hearOut(machine);
      expect(heard()).toEqual([{ at: delayFrames, from: 0, to: FRAMES }]);
      close();
    });
  }
});
