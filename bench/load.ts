import autocannon from 'autocannon';

export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly bad: number;
  readonly requests: number;
}

/** `connections` callers for so many seconds; `rate`: no more than that per second, all together. */
export async function load(
  url: string,
  options: { readonly key?: string; readonly connections: number; readonly seconds: number; readonly rate?: number },
): Promise<Load> {
  const result = await autocannon({
    url: `${url}/pix`,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(options.key ? { authorization: `Bearer ${options.key}` } : {}) },
    body: JSON.stringify({ amount: 1000, customCode: 'bench', expire: 3600 }),
    connections: options.connections,
    duration: options.seconds,
    ...(options.rate ? { overallRate: options.rate } : {}),
  });
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    bad: result.non2xx + result.errors,
    requests: result.requests.total,
  };
}
