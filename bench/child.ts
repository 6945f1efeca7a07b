import { z } from 'zod';
import { main } from '../src/main.ts';
import { runExport } from './export-child.ts';
import { runReference } from './reference.ts';

/** Every process of the benchmark begins here, so that each can be asked what it has used. */
process.on('message', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.send?.({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakRssBytes: maxRSS * 1024 });
});
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

const [role = '', args = '{}'] = process.argv.slice(2);
const Reference = z.object({ port: z.number(), geminiUrl: z.string(), model: z.string() });
const Export = z.object({ databaseUrl: z.string(), exportDir: z.string(), mark: z.boolean() });

if (role === 'reference') runReference(Reference.parse(JSON.parse(args)));
else if (role === 'export') process.send?.(await runExport(Export.parse(JSON.parse(args))));
else process.exit(await main(role, []));
