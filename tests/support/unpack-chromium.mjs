// Unpacks the browser of @sparticuz/chromium without importing it: its entry point expects a Lambda's folders.
// Usage: node unpack-chromium.mjs <package folder> <target folder>; prints the path of the executable.
import { createReadStream, createWriteStream, existsSync, mkdirSync, chmodSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [source, target] = process.argv.slice(2).map((path) => resolve(path));
const tar = createRequire(join(source, "package.json"))("tar-fs");
const bin = join(source, "bin");
const open = (name) => [createReadStream(join(bin, name)), createBrotliDecompress()];
const executable = join(target, "chromium");

if (!existsSync(executable)) {
  mkdirSync(target, { recursive: true });
  for (const name of ["al2023.tar.br", "swiftshader.tar.br", "fonts.tar.br"]) {
    await pipeline(...open(name), tar.extract(name === "swiftshader.tar.br" ? target : join(target, name.split(".")[0])));
  }
  const partial = `${executable}.${process.pid}`;
  await pipeline(...open("chromium.br"), createWriteStream(partial));
  chmodSync(partial, 0o755);
  renameSync(partial, executable);
}
console.log(executable);
