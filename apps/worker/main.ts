import { cents } from '@libs/money/cents.js';
console.log(cents(5));
