/** A certificate for 127.0.0.1 that nobody vouches for (RFC 5280), made anew for each test that needs TLS. */
import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";

const DAY_MS = 86_400_000;

/** Tags of ASN.1 (X.690, section 8). */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const field = (number: number) => 0xa0 + number;
/** A subject alternative name that is an address. */
const IP_ADDRESS = 0x87;

const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];

/** The DER of one value; lengths up to 65,535 bytes. */
function der(tag: number, ...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  const content = Buffer.concat(parts.map((part) => Uint8Array.from(part)));
  const { length } = content;
  const size = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([tag, ...size, ...content]);
}

/** An instant as UTCTime: two digits of the year, then month, day, hour, minute and second. */
function utcTime(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/\D/g, "").slice(2, 14);
  return der(UTC_TIME, new TextEncoder().encode(`${digits}Z`));
}

function pem(label: string, bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes).toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}

/** Certificate and key as PEM, good for a day. */
export function selfSigned(): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(SEQUENCE, der(OBJECT_ID, ECDSA_WITH_SHA256));
  const nobody = der(SEQUENCE);
  const addresses = der(SEQUENCE, der(IP_ADDRESS, [127, 0, 0, 1]));
  const extension = der(
    SEQUENCE,
    der(OBJECT_ID, SUBJECT_ALT_NAME),
    der(OCTET_STRING, addresses),
  );
  const signed = der(
    SEQUENCE,
    der(field(0), der(INTEGER, [2])),
    der(INTEGER, [1]),
    algorithm,
    nobody,
    der(SEQUENCE, utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS)),
    nobody,
    publicKey.export({ type: "spki", format: "der" }),
    der(field(3), der(SEQUENCE, extension)),
  );
  const signature = der(BIT_STRING, [0], sign("sha256", signed, privateKey));
  return {
    cert: pem("CERTIFICATE", der(SEQUENCE, signed, algorithm, signature)),
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}
