/**
 * An application on the machine, over WASAPI, that plays a sine in shared mode, event-driven, and
 * an ear at the speaker. In virtual time, so that the same is heard each time: `node
 * examples/wasapi-render.mjs` in a clone that is set up.
 */
import { deviceKind, Machine, ms, Out, startAudioEngine } from 'waveport';
import {
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  createDeviceEnumerator,
  eConsole,
  eRender,
} from 'waveport/wasapi';

/** Every method answers with an HRESULT, and fills what the caller owns. */
function asked(initial, ask) {
  const out = new Out(initial);
  check(ask(out));
  return out.value;
}

function check(result) {
  if (result !== 0) throw new Error(`HRESULT 0x${result.toString(16)}`);
}

const { create, driver } = deviceKind('hda');
const machine = Machine.boot({ device: create, driver });
const { kernel } = machine;
const engine = startAudioEngine(machine);

const heard = [];
machine.device.speaker.sink = {
  open: () => {},
  silence: () => {},
  hear: (bytes, offset, byteLength) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, byteLength);
    // Of the left channel.
    for (let at = 0; at < byteLength; at += 4) heard.push(view.getInt16(at, true));
  },
};

const home = { process: machine.openProcess('sine'), ram: kernel.ram };
const enumerator = createDeviceEnumerator(engine, home);
const device = asked(null, (out) => enumerator.getDefaultAudioEndpoint(eRender, eConsole, out));
const client = asked(null, (out) => device.activate('IAudioClient', out));
const format = asked(null, (out) => client.getMixFormat(out));
const flags = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
check(client.initialize(AUDCLNT_SHAREMODE_SHARED, flags, 0, 0, format));
const event = home.process.createEvent('synchronization');
check(client.setEventHandle(event));
const bufferFrames = asked(0, (out) => client.getBufferSize(out));
const render = asked(null, (out) => client.getService('IAudioRenderClient', out));

let frame = 0;
function write() {
  const room = bufferFrames - asked(0, (out) => client.getCurrentPadding(out));
  const at = asked(0, (out) => render.getBuffer(room, out));
  const floats = new Float32Array(home.ram.bytes.buffer, home.ram.bytes.byteOffset + at, 2 * room);
  for (let index = 0; index < room; index++, frame++) {
    floats.fill(
      0.5 * Math.sin((2 * Math.PI * 1000 * frame) / format.rateHz),
      2 * index,
      2 * index + 2,
    );
  }
  check(render.releaseBuffer(room, 0));
}

kernel.dispatcher.createThread('sine', 8, function* () {
  write();
  check(client.start());
  for (let period = 0; period < 50; period++) {
    yield kernel.waitFor(home.process.event(event), null);
    write();
  }
  check(client.stop());
});
machine.runFor(ms(1000));

render.release();
client.release();
home.process.closeHandle(event);
engine.shutDown();
const peak = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
console.log(
  JSON.stringify({ written: frame, heard: heard.length, peak, leaks: machine.shutDown() }),
);
