/** Beside each built file that shrinks, the same file with Brotli and with gzip: the gateway never compresses. */
import { brotliCompressSync, gzipSync } from "node:zlib";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const SHRINKS = /\.(js|css|html|svg|json)$/;

export function compressed(): Plugin {
  let directory = "";
  return {
    name: "darkroom-compressed",
    apply: "build",
    configResolved(config) {
      directory = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
        if (!SHRINKS.test(name)) continue;
        const path = join(directory, name);
        const content = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(content));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}
