#!/usr/bin/env node
// The native compiler's command line, spoken by the npm compiler: py-solc-x and forge both drive it.
// In Node and not a shell pipe: under forge a pipe's non-blocking write ends in EAGAIN.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../solidity/package.json", import.meta.url));
const solc = createRequire(root)("solc");

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

const options = process.argv.slice(2);
if (options.includes("--version")) {
  const version = solc.version().replace(".Emscripten.clang", ".Linux.g++");
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`);
} else if (options.includes("--standard-json")) {
  const answer = solc.compile(await read(process.stdin));
  process.stdout.write(answer.slice(answer.indexOf("{")));
} else {
  process.stderr.write("solc-shim: only --version and --standard-json are answered\n");
  process.exitCode = 1;
}
