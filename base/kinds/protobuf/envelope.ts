/** The four bytes before every object in protobuf: `k8s` and a zero. */
export const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

export const isProtobuf = (bytes: Uint8Array): boolean => magic.every((byte, at) => bytes[at] === byte);
