/**
 * What the pages of WASAPI and of the MMDevice API say about parameters that do not go together:
 * the flags of Initialize, the times of exclusive mode, packets that are not whole, and values out
 * of range. Each row is a sentence of such a page.
 */
import { describe, expect } from 'vitest';
import { virtual } from '../../src/base/brand.ts';
import { Out } from '../../src/base/out.ts';
import { formatOf, type Lab, scenario } from '../../src/testing/index.ts';
import {
  AUDCLNT_E_BUFFER_SIZE_ERROR,
  AUDCLNT_E_INVALID_DEVICE_PERIOD,
  AUDCLNT_E_INVALID_SIZE,
  AUDCLNT_E_INVALID_STREAM_FLAG,
  AUDCLNT_E_UNSUPPORTED_FORMAT,
  AUDCLNT_E_WRONG_ENDPOINT_TYPE,
  AUDCLNT_SESSIONFLAGS_DISPLAY_HIDE,
  AUDCLNT_SESSIONFLAGS_DISPLAY_HIDEWHENEXPIRED,
  AUDCLNT_SESSIONFLAGS_EXPIREWHENUNOWNED,
  AUDCLNT_SHAREMODE_EXCLUSIVE,
  AUDCLNT_SHAREMODE_SHARED,
  AUDCLNT_STREAMFLAGS_CROSSPROCESS,
  AUDCLNT_STREAMFLAGS_EVENTCALLBACK,
  AUDCLNT_STREAMFLAGS_LOOPBACK,
  AUDCLNT_STREAMFLAGS_PREVENT_LOOPBACK_CAPTURE,
  AUDCLNT_STREAMFLAGS_RATEADJUST,
  type ClientServices,
  DEVICE_STATE_ACTIVE,
  DEVICE_STATEMASK_ALL,
  E_INVALIDARG,
  E_NOINTERFACE,
  eAll,
  eCapture,
  eCommunications,
  eConsole,
  eRender,
  type HResult,
  type IMMDevice,
  S_OK,
} from '../../src/wasapi/index.ts';
import { bootHda } from '../support/hda-machine.ts';
import { AudioLab, asked, expectOk, serviceOf } from '../support/wasapi-client.ts';

const EXCLUSIVE = AUDCLNT_SHAREMODE_EXCLUSIVE;
const SHARED = AUDCLNT_SHAREMODE_SHARED;
const EVENTS = AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
const TEN_MS = 100_000;
const format = formatOf({});

function start(lab: Lab) {
  const audio = new AudioLab(bootHda(lab));
  /** Initialize of a fresh client, which is over at once. */
  const initialize = (shareMode: number, flags: number, times: number, flow = eRender): HResult => {
    const client = audio.client(flow);
    const result = client.initialize(shareMode, flags, times, times, format);
    client.release();
    return result;
  };
  return { audio, initialize };
}

describe('the flags of Initialize', () => {
  scenario('take those of sessions beside those of streams, in either mode', (lab) => {
    const { audio, initialize } = start(lab);
    const flags =
      AUDCLNT_SESSIONFLAGS_EXPIREWHENUNOWNED |
      AUDCLNT_SESSIONFLAGS_DISPLAY_HIDE |
      AUDCLNT_SESSIONFLAGS_DISPLAY_HIDEWHENEXPIRED |
      AUDCLNT_STREAMFLAGS_PREVENT_LOOPBACK_CAPTURE;
    expect(initialize(SHARED, flags, 0)).toBe(S_OK);
    expect(initialize(EXCLUSIVE, flags | EVENTS, TEN_MS)).toBe(S_OK);
    const client = audio.client(eRender);
    const sessionFlags = flags & ~AUDCLNT_STREAMFLAGS_PREVENT_LOOPBACK_CAPTURE;
    expect(client.initializeSharedAudioStream(flags, 480, format)).toBe(E_INVALIDARG);
    expect(client.initializeSharedAudioStream(sessionFlags, 480, format)).toBe(S_OK);
    client.release();
    audio.end();
  });

  scenario('refuse what belongs to shared mode alone, and what is not offered', (lab) => {
    const { audio, initialize } = start(lab);
    expect(initialize(EXCLUSIVE, EVENTS | AUDCLNT_STREAMFLAGS_CROSSPROCESS, TEN_MS)).toBe(
      E_INVALIDARG,
    );
    expect(initialize(EXCLUSIVE, EVENTS | AUDCLNT_STREAMFLAGS_LOOPBACK, TEN_MS)).toBe(E_INVALIDARG);
    expect(initialize(SHARED, AUDCLNT_STREAMFLAGS_CROSSPROCESS, 0)).toBe(S_OK);
    expect(initialize(SHARED, AUDCLNT_STREAMFLAGS_LOOPBACK, 0, eCapture)).toBe(
      AUDCLNT_E_WRONG_ENDPOINT_TYPE,
    );
    audio.end();
  });

  scenario('refuse a rate that is adjusted, and nobody gets IAudioClockAdjustment', (lab) => {
    const { audio, initialize } = start(lab);
    const flag = AUDCLNT_STREAMFLAGS_RATEADJUST;
    expect(initialize(SHARED, flag, 0)).toBe(AUDCLNT_E_INVALID_STREAM_FLAG);
    expect(initialize(SHARED, flag, 0, eCapture)).toBe(AUDCLNT_E_INVALID_STREAM_FLAG);
    expect(initialize(EXCLUSIVE, flag | EVENTS, TEN_MS)).toBe(AUDCLNT_E_UNSUPPORTED_FORMAT);
    const client = audio.client(eRender);
    expect(client.initializeSharedAudioStream(flag, 480, format)).toBe(E_INVALIDARG);
    expectOk('Initialize', client.initialize(SHARED, 0, 0, 0, format));
    const name = 'IAudioClockAdjustment' as keyof ClientServices;
    expect(client.getService(name, new Out(null))).toBe(E_NOINTERFACE);
    client.release();
    audio.end();
  });
});

describe('the period of an exclusive client', () => {
  scenario('that is driven by a timer is raised to the minimum of the device', (lab) => {
    const { audio } = start(lab);
    const client = audio.client(eRender);
    expect(client.initialize(EXCLUSIVE, 0, TEN_MS, 1, format)).toBe(S_OK);
    expect(asked(0, (out) => client.getBufferSize(out))).toBe(480);
    client.release();
    audio.end();
  });

  scenario('that names neither period nor buffer leaves both to the device', (lab) => {
    const { audio } = start(lab);
    const client = audio.client(eRender);
    expect(client.initialize(EXCLUSIVE, 0, 0, 0, format)).toBe(S_OK);
    // The shortest period of the engine on this device.
    expect(asked(0, (out) => client.getBufferSize(out))).toBe(128);
    client.release();
    audio.end();
  });

  scenario('that is driven by events is the buffer, and is refused below the minimum', (lab) => {
    const { audio, initialize } = start(lab);
    expect(initialize(EXCLUSIVE, EVENTS, 0)).toBe(AUDCLNT_E_INVALID_DEVICE_PERIOD);
    expect(initialize(EXCLUSIVE, EVENTS, 20_000)).toBe(AUDCLNT_E_INVALID_DEVICE_PERIOD);
    audio.end();
  });
});

scenario('a packet of an event-driven exclusive stream is got and released whole', (lab) => {
  const { audio } = start(lab);
  const client = audio.client(eRender);
  expectOk('Initialize', client.initialize(EXCLUSIVE, EVENTS, TEN_MS, TEN_MS, format));
  const render = serviceOf(client, 'IAudioRenderClient');
  const at = new Out(virtual(0));
  expect(render.getBuffer(479, at)).toBe(AUDCLNT_E_BUFFER_SIZE_ERROR);
  expectOk('GetBuffer', render.getBuffer(480, at));
  expect(render.releaseBuffer(479, 0)).toBe(AUDCLNT_E_BUFFER_SIZE_ERROR);
  expect(render.releaseBuffer(0, 0)).toBe(AUDCLNT_E_BUFFER_SIZE_ERROR);
  expect(render.releaseBuffer(481, 0)).toBe(AUDCLNT_E_INVALID_SIZE);
  expect(render.releaseBuffer(480, 0)).toBe(S_OK);
  render.release();
  client.release();
  audio.end();
});

scenario('the enumerator refuses a flow, a role and states that there are not', (lab) => {
  const { audio } = start(lab);
  const { enumerator } = audio;
  const found = new Out<IMMDevice | null>(null);
  const byRole = (flow: number, role: number): HResult =>
    enumerator.getDefaultAudioEndpoint(flow, role, found);
  expect([byRole(eRender, eConsole), byRole(eCapture, eCommunications)]).toEqual([S_OK, S_OK]);
  expect([byRole(eRender, -1), byRole(eRender, 3), byRole(eRender, 0.5)]).toEqual(
    Array(3).fill(E_INVALIDARG),
  );
  expect(byRole(eAll, eConsole)).toBe(E_INVALIDARG);
  const all = new Out<readonly IMMDevice[]>([]);
  const byState = (states: number): HResult => enumerator.enumAudioEndpoints(eAll, states, all);
  expect([byState(DEVICE_STATE_ACTIVE), byState(DEVICE_STATEMASK_ALL)]).toEqual([S_OK, S_OK]);
  expect(byState(DEVICE_STATEMASK_ALL + 1)).toBe(E_INVALIDARG);
  expect(byState(0)).toBe(E_INVALIDARG);
  audio.end();
});
