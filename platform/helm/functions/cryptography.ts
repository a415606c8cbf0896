/** sprig: passwords, ciphers and keys. Long work is done beside the event loop and costs many steps. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  generateKeyPair,
  scrypt,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { encodeBase64, hash as bcryptHash } from 'bcryptjs';
import { fn, type CallContext, type TemplateFunction } from '../template/function.ts';
import { integerOf, ValueError, type Value } from '../template/values.ts';
import { passwordClasses, passwordShapes } from './derived.data.ts';
import { bytesOf64 } from './encoding.ts';

/** Steps of what takes a tenth of a second or more. */
export const costly = 100_000;

async function bcrypt(password: string, { random, count }: CallContext): Promise<string> {
  count(costly);
  if (Buffer.byteLength(password) > 72)
    return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes';
  return bcryptHash(password, `$2a$10$${encodeBase64([...random.bytes(16)], 16)}`);
}

async function htpasswd(
  [name, password, algorithm = 'bcrypt']: readonly Value[],
  context: CallContext,
): Promise<Value> {
  if ((name as string).includes(':')) return `invalid username: ${name as string}`;
  if (algorithm === 'sha')
    return `${name as string}:{SHA}${createHash('sha1')
      .update(password as string)
      .digest('base64')}`;
  return `${name as string}:${await bcrypt(password as string, context)}`;
}

const keyOf = (password: string): Buffer => Buffer.concat([Buffer.from(password), Buffer.alloc(32)]).subarray(0, 32);

function encrypt([password, text]: readonly Value[], { random }: CallContext): string {
  if (text === '') return '';
  const start = random.bytes(16);
  const cipher = createCipheriv('aes-256-cbc', keyOf(password as string), start);
  return Buffer.concat([start, cipher.update(text as string), cipher.final()]).toString('base64');
}

function decrypt([password, text]: readonly Value[]): string {
  if (text === '') return '';
  const bytes = bytesOf64(text as string);
  try {
    const cipher = createDecipheriv('aes-256-cbc', keyOf(password as string), bytes.subarray(0, 16));
    return Buffer.concat([cipher.update(bytes.subarray(16)), cipher.final()]).toString();
  } catch {
    throw new ValueError('the text cannot be decrypted with this password');
  }
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

const scope = 'com.lyndir.masterpassword';
const stretch = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** The algorithm of Master Password, version 1: the same words give the same password. */
async function derive([counter, type, password, user, site]: readonly Value[], { count }: CallContext): Promise<Value> {
  const shapes = passwordShapes[type as string];
  if (!shapes) return `cannot find password template ${type as string}`;
  count(costly);
  const named = (text: string): Buffer =>
    Buffer.concat([Buffer.from(scope), uint32(Buffer.byteLength(text)), Buffer.from(text)]);
  const key = await stretch(password as string, named(user as string), 64, { N: 32768, r: 8, p: 2, maxmem: 1 << 27 });
  const number = Number(BigInt.asUintN(32, integerOf(counter as bigint)));
  const seed = createHmac('sha256', key)
    .update(named(site as string))
    .update(uint32(number))
    .digest();
  const shape = shapes[seed[0]! % shapes.length]!;
  return [...shape]
    .map((letter, at) => passwordClasses[letter]![seed[at + 1]! % passwordClasses[letter]!.length])
    .join('');
}

const generate = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

/** A key as Go's programs write theirs: by the name of its kind where it has a form of its own. */
export function pemOf(key: KeyObject): string {
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs8';
  return key.export({ format: 'pem', type }) as string;
}

export async function newKey(kind: string, bits: number, { count }: Pick<CallContext, 'count'>): Promise<KeyObject> {
  count(kind === 'rsa' ? (bits / 1024) * costly : 1000);
  const options = kind === 'ec' ? { namedCurve: 'P-256' } : { modulusLength: bits };
  return (await generate(kind, options)).privateKey;
}

async function privateKey([type]: readonly Value[], context: CallContext): Promise<Value> {
  if (type === 'dsa') throw new ValueError('DSA keys are not made here: use "ecdsa", "ed25519" or "rsa"');
  const kind = type === '' || type === 'rsa' ? 'rsa' : type === 'ecdsa' ? 'ec' : type;
  if (kind !== 'rsa' && kind !== 'ec' && kind !== 'ed25519') return `Unknown type ${type as string}`;
  return pemOf(await newKey(kind, 4096, context));
}

export const cryptography: Readonly<Record<string, TemplateFunction>> = {
  bcrypt: fn('string', ([password], context) => bcrypt(password as string, context)),
  htpasswd: fn('string, string, string...', htpasswd),
  encryptAES: fn('string, string', encrypt),
  decryptAES: fn('string, string', decrypt),
  derivePassword: fn('int, string, string, string, string', derive),
  genPrivateKey: fn('string', privateKey),
};
