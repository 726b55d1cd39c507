/** `waveport conform`: what it prints, writes and returns. */
import { describe, expect, it } from 'vitest';
import { conforms, conformText } from '../../src/cli/conform-report.ts';
import { escapeXml } from '../../src/cli/junit-report.ts';
import { conformanceCases } from '../../src/conformance/catalogue.ts';
import { driverFile, Workshop, waveport } from './command-line.ts';

const workshop = new Workshop();
const FEW = ['--only', 'C-WAV-03', 'C-WAV-07', 'C-EXA-03'];

/** A driver that leaves the position where it was at STOP. */
const BAD = driverFile('keeps-position-at-stop.ts');

interface ConformJson {
  readonly verdict: string;
  readonly device: string;
  readonly driver: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly results: readonly Readonly<Record<string, string>>[];
}

/** The elements of an XML text in their order, as `name` or `/name`; throws where it is not whole. */
function elementsOf(xml: string): string[] {
  const names: string[] = [];
  const open: string[] = [];
  const tag = /<(\?xml[^>]*\?|\/?[a-z-]+)((?: [a-z]+="[^"<>&]*(?:&[a-z]+;[^"<>&]*)*")*)(\/?)>/gy;
  let at = 0;
  while (at < xml.length) {
    tag.lastIndex = at;
    const match = tag.exec(xml);
    if (match === null) {
      const text = /[^<>&]|&(?:amp|lt|gt|quot|apos);/y;
      text.lastIndex = at;
      if (text.exec(xml) === null) throw new Error(`not XML at ${at}: ${xml.slice(at, at + 40)}`);
      at = text.lastIndex;
      continue;
    }
    at = tag.lastIndex;
    const [, name = '', , isEmpty] = match;
    if (name.startsWith('?')) continue;
    names.push(name);
    if (name.startsWith('/')) {
      if (open.pop() !== name.slice(1)) throw new Error(`${name} closes another element`);
    } else if (isEmpty === '') open.push(name);
  }
  if (open.length > 0) throw new Error(`${open.join(', ')} is never closed`);
  return names;
}

describe('waveport conform', () => {
  it('prints a table with what was measured, and returns 0 when all is well', async () => {
    const { exitCode, stderr, stdout } = await waveport('conform', ...FEW);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^render Speaker, timer$/m);
    expect(stdout).toMatch(/^ {2}C-WAV-03 {2}pass .* 0 in all readings {2}\[all are 0\]$/m);
    expect(stdout).toMatch(/^ {2}C-WAV-07 {2}- .* pin 0 allows 1 instance at a time$/m);
    expect(stdout).toMatch(/^8 pass, 0 fail, 0 warning, 2 not applicable\nconforms\n$/m);
  });

  it('tells what failed, why, and where the limit comes from, and returns 1', async () => {
    const { exitCode, stdout } = await waveport('conform', '--driver', BAD, ...FEW);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/C-WAV-03 {2}fail .*bytes/);
    expect(stdout).toMatch(/the position is not 0 in STOP/);
    expect(stdout).toMatch(/limit: Microsoft Wave test/);
    expect(stdout).toMatch(/^FAULT: 4 of 10 cases failed: C-WAV-03$/m);
  });

  it('prints one object with --json', async () => {
    const { exitCode, stdout } = await waveport('conform', '--driver', BAD, '--json', ...FEW);
    expect(exitCode).toBe(1);
    const report = JSON.parse(stdout) as ConformJson;
    expect(report).toMatchObject({
      verdict: '4 of 10 cases failed: C-WAV-03',
      driver: 'keeper',
      seed: 1,
      counts: { pass: 4, fail: 4, warning: 0, 'not applicable': 2 },
    });
    expect(report.results[0]).toMatchObject({
      id: 'C-WAV-03',
      subject: 'render Speaker, timer',
      verdict: 'fail',
      limit: 'all are 0',
    });
  });

  it('writes JUnit XML with a suite for each subject', async () => {
    const file = workshop.path('results.xml');
    const { exitCode } = await waveport('conform', '--driver', BAD, '--junit', file, ...FEW);
    expect(exitCode).toBe(1);
    const xml = new TextDecoder().decode(workshop.get('results.xml'));
    const names = elementsOf(xml);
    const countOf = (name: string): number => names.filter((each) => each === name).length;
    expect(['testsuites', 'testsuite', 'testcase', 'failure', 'skipped'].map(countOf)).toEqual([
      1, 4, 10, 4, 2,
    ]);
    expect(xml).toMatch(
      /<testsuites name="keeper on [^"]*" tests="10" failures="4" errors="0" skip/,
    );
    expect(xml).toMatch(/<failure message="the position is not 0 in STOP \(play\/write /);
  });

  it('tests streams of one direction with --direction', async () => {
    const { stdout } = await waveport('conform', '--json', '--direction', 'capture', ...FEW);
    const { results } = JSON.parse(stdout) as ConformJson;
    expect(new Set(results.map(({ subject }) => subject))).toEqual(
      new Set(['capture Line Connector, timer', 'capture Line Connector, notification']),
    );
  });

  it('tests the device that is named, through its sleep too', async () => {
    const argv = ['conform', '--device', 'simple', '--only', 'C-ACT-07', 'C-EXA-09'];
    const { exitCode, stdout } = await waveport(...argv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/driver wpsdma$/m);
    expect(stdout).toMatch(/^ {2}C-ACT-07 {2}pass /m);
    expect(stdout).toMatch(
      /^render Speaker, notification: not applicable \(1 case\): QUERY_NOTIF/m,
    );
  });

  it.each(['wavepci', 'wavecyclic'])('tests pins of %s by stream packets', async (port) => {
    const argv = ['conform', '--device=ac97', '--port', port, '--only', 'C-WAV-02', 'C-PKT-04'];
    const { exitCode, stdout } = await waveport(...argv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^render Speaker, stream packets$/m);
    expect(stdout).toMatch(/^ {2}C-WAV-02 {2}pass .* 1 different position {2}/m);
    expect(stdout).toMatch(/^ {2}C-PKT-04 {2}- .* a cyclic buffer of WaveRT, .* stream packets$/m);
    expect(stdout).toMatch(/^2 pass, 0 fail, 0 warning, 2 not applicable\nconforms\n$/m);
  });

  it('takes a group of cases by what their ids begin with', async () => {
    const { stdout } = await waveport('conform', '--json', '--only', 'C-NTF');
    const { results } = JSON.parse(stdout) as ConformJson;
    expect(new Set(results.map(({ id }) => id))).toEqual(
      new Set(['C-NTF-01', 'C-NTF-02', 'C-NTF-03', 'C-NTF-04']),
    );
  });

  it('goes on when a driver throws, and fails the cases that it threw in', async () => {
    const thrower = driverFile('throws-while-running.ts');
    const argv = ['conform', '--driver', thrower, '--json', '--only', 'C-POS-02', 'C-WAV-07'];
    const { exitCode, stdout } = await waveport(...argv);
    expect(exitCode).toBe(1);
    const { results } = JSON.parse(stdout) as ConformJson;
    const thrown = results.filter(({ id }) => id === 'C-POS-02');
    expect(thrown.length).toBeGreaterThan(0);
    for (const { reason, verdict } of thrown) {
      expect(verdict).toBe('fail');
      expect(reason).toMatch(/driver thrower threw an exception \(Error: the register map/);
    }
  });

  it.each([
    [
      'an unknown case',
      ['--only', 'C-SING-01'],
      /no case 'C-SING-01'; the groups are C-POS, C-WAV/,
    ],
    ['an unknown device', ['--device', 'gramophone'], /no device 'gramophone'/],
    ['an option without its value', ['--junit'], /--junit <file>/],
    ['an unknown direction', ['--direction', 'up'], /Allowed choices are render, capture/],
    ['a driver that is not there', ['--driver', './none.mjs'], /cannot read driver module/],
    ['a folder that is not there', ['--junit', './none/of/it.xml'], /there is no folder/],
  ])('returns 2 for %s', async (_name, argv, message) => {
    const { exitCode, stderr, stdout } = await waveport('conform', ...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
  });

  it('has help with examples', async () => {
    const { exitCode, stdout } = await waveport('conform', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/waveport conform --only C-POS C-WAV-02 --json/);
    for (const { id } of conformanceCases) expect(stdout).toContain(id.slice(0, 'C-POS'.length));
  });
});

describe('the verdict on a run', () => {
  it('is a fault when the driver has no stream to test', () => {
    const facts = { device: 'a device', driver: 'mute', seed: 1, results: [] };
    expect(conforms([])).toBe(false);
    expect(conformText(facts)).toMatch(/^FAULT: no stream leads to an endpoint/m);
  });
});

describe('XML text', () => {
  it('escapes what means something in XML, and replaces what it cannot hold', () => {
    expect(escapeXml(`a<b>&"c'`)).toBe('a&lt;b&gt;&amp;&quot;c&apos;');
    expect(escapeXml('tab\tbell\u0007end\ud800\uffff')).toBe('tab\tbell?end??');
    expect(escapeXml('\u{1f50a}')).toBe('\u{1f50a}');
  });

  it('is found out by the check of this file when it is not whole', () => {
    expect(elementsOf('<a b="&lt;"><c/></a>')).toEqual(['a', 'c', '/a']);
    expect(() => elementsOf('<a><b></a>')).toThrow(/closes another/);
    expect(() => elementsOf('<a>x & y</a>')).toThrow(/not XML/);
    expect(() => elementsOf('<a b="<"></a>')).toThrow(/not XML/);
  });
});
