/** Swagger UI for `/docs`, from our own files: the page loads nothing from anywhere else. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const FILES = ["swagger-ui.css", "swagger-ui-bundle.js"];

export function apiDocs(): Plugin {
  const { resolve } = createRequire(import.meta.url);
  return {
    name: "darkroom-api-docs",
    apply: "build",
    generateBundle() {
      for (const name of FILES) {
        const source = readFileSync(resolve(`swagger-ui-dist/${name}`));
        this.emitFile({ type: "asset", fileName: `docs/${name}`, source });
      }
    },
  };
}
