/** How gRPC carries messages over HTTP/2: a byte that says "not compressed", the length, the message. */

const headBytes = 5;

export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(headBytes + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, headBytes);
  return framed;
}

/** Takes pieces as they come, and hands out each message that is whole. @throws when one is compressed. */
export function createUnframer(onMessage: (message: Buffer) => void): (piece: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return piece => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    while (rest.length >= headBytes) {
      if (rest[0] !== 0) throw new Error('a compressed message was not asked for');
      const end = headBytes + rest.readUInt32BE(1);
      if (rest.length < end) return;
      const message = rest.subarray(headBytes, end);
      rest = rest.subarray(end);
      onMessage(message);
    }
  };
}
