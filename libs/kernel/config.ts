import 'reflect-metadata';
import { plainToInstance, Transform } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Max,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';

const flag = Transform(({ value }: { value: unknown }): unknown =>
  value === 'on' ? true : value === 'off' ? false : value,
);
const whole = Transform(({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
);
const url = (protocols: string[]): PropertyDecorator =>
  IsUrl({ protocols, require_tld: false, require_protocol: true });

/**
 * Everything that the environment may say (api.md §11), read and checked once. A bad variable is named and stops the
 * start.
 */
export class Config {
  @url(['postgres', 'postgresql'])
  readonly DATABASE_URL!: string;

  @IsOptional()
  @url(['postgres', 'postgresql'])
  readonly MIGRATION_DATABASE_URL?: string;

  @IsOptional()
  @url(['redis', 'rediss'])
  readonly REDIS_URL?: string;

  @whole
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly PORT: number = 3000;

  /** Where a worker answers who asks how it is; unset: nowhere. */
  @whole
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(65_535)
  readonly HEALTH_PORT?: number;

  @IsString()
  readonly HOST: string = '127.0.0.1';

  @IsOptional()
  @url(['http', 'https'])
  readonly PUBLIC_URL?: string;

  @flag
  @IsBoolean()
  readonly TRUST_PROXY: boolean = false;

  /** Requests per 10 seconds and key; 0: no limit. */
  @whole
  @IsInt()
  @Min(0)
  readonly RATE_LIMIT: number = 600;

  /** `<base64>` or `2:<base64>,1:<base64>`, newest first; each 32 bytes. */
  @IsString()
  @MinLength(40)
  readonly MASTER_KEY!: string;

  @IsOptional()
  @IsString()
  readonly MERCHANT_KEY?: string;

  @IsOptional()
  @IsString()
  readonly ADMIN_KEY?: string;

  @IsOptional()
  @url(['http', 'https'])
  readonly SANDBOX_URL?: string;

  @IsOptional()
  @IsString()
  readonly SANDBOX_CA?: string;

  @whole
  @IsInt()
  @Min(50)
  @Max(120_000)
  readonly PROVIDER_DEADLINE_MS: number = 10_000;

  @whole
  @IsInt()
  @Min(100)
  readonly JOB_LEASE_MS: number = 60_000;

  /** The longest window before an absence is believed of the simulator, which hides nothing that it has done. */
  @whole
  @IsOptional()
  @IsInt()
  @Min(100)
  readonly SIMULATOR_PROOF_MS?: number;

  @flag
  @IsBoolean()
  readonly WEBHOOK_PRIVATE: boolean = false;

  /** Whom to call when a person is needed; its password signs the calls: `https://:whsec_…@host/path`. */
  @IsOptional()
  @url(['http', 'https'])
  readonly ALERT_URL?: string;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  readonly LOG_LEVEL: string = 'info';

  /** `PROOF_<PROVIDER>_<ACT>_MS` without its ends: windows that replace those of the proofs. */
  proofMs: Readonly<Record<string, number>> = {};

  /** Where alerts go, and what they are signed with, which is never sent. */
  get alertTo(): { readonly url: string; readonly secret: string } | undefined {
    if (this.ALERT_URL === undefined) return undefined;
    const url = new URL(this.ALERT_URL);
    const secret = decodeURIComponent(url.password);
    url.username = '';
    url.password = '';
    return { url: url.href, secret };
  }

  get publicUrl(): string {
    return this.PUBLIC_URL ?? `http://${this.HOST}:${this.PORT}`;
  }
}

type Env = Readonly<Record<string, string | undefined>>;

const signing = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const proofName = /^PROOF_([A-Z]+_[A-Z_]+)_MS$/;

/** @throws Error that names every bad variable and what is wrong with it. */
export function loadConfig(env: Env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const config = plainToInstance(Config, given, { exposeDefaultValues: true });
  const faults = validateSync(config, { skipMissingProperties: false }).map(
    (it) => `${it.property}: ${Object.values(it.constraints ?? {}).join(', ')}`,
  );
  const proofMs: Record<string, number> = {};
  for (const [name, value] of Object.entries(given)) {
    const match = proofName.exec(name)?.[1];
    if (match === undefined) continue;
    if (/^\d{1,12}$/.test(value!)) proofMs[match] = Number(value);
    else faults.push(`${name}: must be whole milliseconds`);
  }
  const secret = faults.some((it) => it.startsWith('ALERT_URL')) ? undefined : config.alertTo?.secret;
  if (secret !== undefined && !signing.test(secret)) {
    faults.push('ALERT_URL: needs what its calls are signed with as its password, whsec_ and 24 to 64 bytes of base64');
  }
  // The project carries its own Node; without optional dependencies the machine's would serve silently.
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const old = major < 22 || (major === 22 && minor < 17);
  if (old) faults.push(`Node ${process.versions.node}: 22.17 or newer is needed`);
  if (config.JOB_LEASE_MS <= config.PROVIDER_DEADLINE_MS) {
    faults.push('JOB_LEASE_MS: must be longer than PROVIDER_DEADLINE_MS');
  }
  if (faults.length > 0) throw new Error(`Configuration refused.\n  ${faults.join('\n  ')}`);
  config.proofMs = proofMs;
  return config;
}

/** The configuration of a process that cannot go on without it: says what is wrong and ends. */
export function configured(env: Env): Config {
  try {
    return loadConfig(env);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  }
}
