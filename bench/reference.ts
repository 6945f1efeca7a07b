import { GoogleGenAI } from '@google/genai';
import express from 'express';
import { z } from 'zod';

const Ask = z.object({ prompt: z.string() });

export interface ReferenceOptions {
  port: number;
  geminiUrl: string;
  model: string;
}

/** The smallest Express route that asks the same SDK: no checks, no context, no version, no figures. */
export function runReference({ port, geminiUrl, model }: ReferenceOptions): void {
  const google = new GoogleGenAI({ apiKey: 'bench', httpOptions: { baseUrl: geminiUrl } });
  const app = express();
  app.use(express.json());
  app.post('/answer', async (request, response) => {
    const { prompt } = Ask.parse(request.body);
    const reply = await google.models.generateContent({ model, contents: prompt });
    response.json({ text: reply.text });
  });
  app.post('/stream', async (request, response) => {
    const { prompt } = Ask.parse(request.body);
    response.set('Content-Type', 'text/event-stream');
    for await (const chunk of await google.models.generateContentStream({ model, contents: prompt }))
      response.write(`data: ${JSON.stringify({ text: chunk.text })}\n\n`);
    response.end();
  });
  app.get('/readyz', (_request, response) => void response.json({ ok: true }));
  app.listen(port, '127.0.0.1');
}
