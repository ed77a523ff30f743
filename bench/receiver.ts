import { createServer } from 'node:http';

/** A merchant's endpoint: takes everything and counts it by its id. Told how many, it says when they are there. */
let waiting = Infinity;
let seen = new Set<string>();
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    seen.add(String(request.headers['webhook-id']));
    response.writeHead(200).end();
    if (seen.size >= waiting) process.send?.({ count: seen.size });
  });
});
process.on('message', ({ expect }: { readonly expect: number }) => {
  seen = new Set();
  waiting = expect;
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}/` });
});
