import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { checked } from '@libs/kernel/checked.js';

const plain = new Set<unknown>([undefined, Object, Array, String, Number, Boolean, BigInt]);

/** Bodies and queries as instances of their DTOs, or a 422 that names every refused field. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (plain.has(metatype) || (type !== 'body' && type !== 'query')) return value;
    return checked(metatype as new () => object, value, type === 'query' ? { lenient: true } : {});
  }
}
