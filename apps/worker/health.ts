import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { collectDefaultMetrics, register } from 'prom-client';
import type { Runner } from '@libs/kernel/runner.js';

const loopback = /^(?:127\.|::1$|::ffff:127\.)/;

collectDefaultMetrics();

/** What this process counts: calls that jobs make are nobody else's to know. */
async function tellMetrics(response: ServerResponse): Promise<void> {
  const text = await register.metrics();
  response.writeHead(200, { 'content-type': register.contentType, connection: 'close' });
  response.end(text);
}

/**
 * `GET /health/live` and `/health/ready` of a process that serves nobody else, in the form of the API's. Losing Redis
 * only delays jobs: such a worker is ready all the same, and says what is down. `/metrics` is for loopback alone.
 */
export async function serveHealth(runner: Runner, port: number, host: string): Promise<Server> {
  const server = createServer(({ url, socket }, response) => {
    if (url === '/metrics' && loopback.test(socket.remoteAddress ?? '')) return void tellMetrics(response);
    const jobs = runner.working() ? 'up' : 'down';
    const redis = runner.redis();
    const checks = { jobs, ...(redis ? { redis } : {}) };
    const status = Object.values(checks).includes('down') ? 'down' : 'up';
    const [code, body] =
      url === '/health/live'
        ? [200, { status: 'up' }]
        : url === '/health/ready'
          ? [jobs === 'up' ? 200 : 503, { status, checks }]
          : [404, {}];
    response.writeHead(code, { 'content-type': 'application/json; charset=utf-8', connection: 'close' });
    response.end(JSON.stringify(body));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
