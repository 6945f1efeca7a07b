import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const compose = read('docker-compose.yml');
const dockerfile = read('Dockerfile');

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);

describe('the containers', () => {
  it('pin every image to a version', () => {
    const images = [...all(compose, /^ +image: (\S+)$/gm), ...all(dockerfile, /^FROM (\S+)/gm)];
    expect(images.length).toBeGreaterThan(6);
    for (const image of images) expect(image).toMatch(/:\d+\.\d+/);
  });

  it('publish ports on this machine only', () => {
    const ports = all(compose, /ports: \["([^"]+)"\]/g);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('run as an ordinary user, without capabilities', () => {
    expect(all(dockerfile, /^USER (\S+)$/gm)).toEqual(['node']);
    expect(compose).toContain('cap_drop: [ALL]');
    expect(compose).toContain('no-new-privileges:true');
  });

  it('build by the commands of the README', () => {
    expect(all(dockerfile, /^RUN (npm .+)$/gm)).toEqual(['npm ci', 'npm run build && npm prune --omit=dev']);
  });

  it('wait for what they need, and are looked after by a health check each', () => {
    for (const service of ['postgres', 'temporal', 'redis']) {
      const text = compose.split(`\n  ${service}:`)[1]?.split(/\n {2}\w/)[0] ?? '';
      expect(text).toContain('healthcheck:');
    }
    expect(compose).toContain('condition: service_completed_successfully');
  });
});
